namespace Hive.Drone.Fence;

/// <summary>A renewal to be sent; what comes of it is counted from <paramref name="SentAt"/>.</summary>
public readonly record struct RenewRequest(long Sequence, HostTime SentAt);

/// <summary>
/// When may this drone still believe that its pods are its own? The queens count a lease's life from a stamp that is never before the send
/// of its renewal, so the drone counts from the send and never from the answer, and takes the drift of clocks off.
/// </summary>
public sealed class LeaseClock(double drift = DroneLimits.ClockDrift)
{
    private const int Remembered = 64;
    private readonly SortedDictionary<long, HostTime> _sent = [];
    private long _sequence;

    /// <summary>Until when the session certainly lives; null when none was ever held.</summary>
    public HostTime? Deadline { get; private set; }

    /// <summary>Takes up what an earlier process of this drone knew, so that its restart fences nothing.</summary>
    public void Restore(HostTime deadline) => Deadline ??= deadline;

    /// <summary>Notes a send. Only the newest <c>64</c> unanswered ones are remembered; an answer to an older one is of no use.</summary>
    public RenewRequest Send(HostTime now)
    {
        _sequence++;
        _sent[_sequence] = now;
        while (_sent.Count > Remembered) _sent.Remove(First());
        return new RenewRequest(_sequence, now);
    }

    /// <summary>An answer came. Late and repeated answers can only ever move the deadline forward.</summary>
    public void Renewed(long sequence, TimeSpan timeToLive)
    {
        if (!_sent.TryGetValue(sequence, out HostTime sent)) return;
        while (_sent.Count > 0 && First() <= sequence) _sent.Remove(First());
        long life = (long)(timeToLive.Ticks * (1 - drift));
        HostTime deadline = sent + TimeSpan.FromTicks(life);
        if (Deadline is not { } known || deadline > known) Deadline = deadline;
    }

    /// <summary>True when a pod that must be unique may not run any longer.</summary>
    public bool Passed(HostTime now) => Deadline is not { } deadline || now >= deadline;

    private long First()
    {
        foreach (long sequence in _sent.Keys) return sequence;
        return 0;
    }
}
