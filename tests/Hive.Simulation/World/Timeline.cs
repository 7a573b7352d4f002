namespace Hive.Simulation.World;

/// <summary>Simulated time: events in the order of their moment, those of one moment in the order in which they were planned.</summary>
internal sealed class Timeline
{
    private const int Arity = 4;

    // A heap by hand: with several thousand events for each simulated second it is the innermost loop, and a general queue compares through an interface.
    private Event[] _heap = new Event[1024];
    private int _count;
    private long _order;

    public TimeSpan Now { get; private set; }

    /// <summary>Events carried out so far.</summary>
    public long Steps { get; private set; }

    public void After(TimeSpan delay, Action act)
    {
        if (_count == _heap.Length) Array.Resize(ref _heap, _heap.Length * 2);
        Rise(_count++, new Event((Now + delay).Ticks, ++_order, act));
    }

    /// <summary>Carries out all events up to a moment.</summary>
    public void RunUntil(TimeSpan end)
    {
        while (_count > 0 && _heap[0].Ticks <= end.Ticks)
        {
            var next = _heap[0];
            var last = _heap[--_count];
            _heap[_count] = default;
            if (_count > 0) Sink(last);
            Now = TimeSpan.FromTicks(next.Ticks);
            Steps++;
            next.Act();
        }
        Now = end;
    }

    private void Rise(int at, Event one)
    {
        while (at > 0)
        {
            int parent = (at - 1) / Arity;
            if (!one.IsBefore(_heap[parent])) break;
            _heap[at] = _heap[parent];
            at = parent;
        }
        _heap[at] = one;
    }

    private void Sink(Event one)
    {
        int at = 0;
        while (true)
        {
            int first = at * Arity + 1, end = Math.Min(first + Arity, _count);
            if (first >= _count) break;
            int least = first;
            for (int child = first + 1; child < end; child++)
                if (_heap[child].IsBefore(_heap[least])) least = child;
            if (!_heap[least].IsBefore(one)) break;
            _heap[at] = _heap[least];
            at = least;
        }
        _heap[at] = one;
    }

    private readonly record struct Event(long Ticks, long Order, Action Act)
    {
        public bool IsBefore(in Event other) => Ticks < other.Ticks || (Ticks == other.Ticks && Order < other.Order);
    }
}
