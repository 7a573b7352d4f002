namespace Hive.Simulation.World;

/// <summary>Simulated time: events in the order of their moment, those of one moment in the order in which they were planned.</summary>
internal sealed class Timeline
{
    private readonly PriorityQueue<Action, (long Ticks, long Order)> _events = new();
    private long _order;

    public TimeSpan Now { get; private set; }

    /// <summary>Events carried out so far.</summary>
    public long Steps { get; private set; }

    public void After(TimeSpan delay, Action act) => _events.Enqueue(act, ((Now + delay).Ticks, ++_order));

    /// <summary>Carries out all events up to a moment.</summary>
    public void RunUntil(TimeSpan end)
    {
        while (_events.TryPeek(out _, out var at) && at.Ticks <= end.Ticks)
        {
            var act = _events.Dequeue();
            Now = TimeSpan.FromTicks(at.Ticks);
            Steps++;
            act();
        }
        Now = end;
    }
}
