namespace Hive.Raft;

/// <summary>
/// The leader's half of read leases (thesis §6.4.1): behind a round that a quorum has answered with its promise nobody else can be elected for as long as that lasts.
/// <para>
/// This is the one place where safety hangs on clocks, and on this alone: <b>monotonic clocks of any two members, over the length of a promise, run at rates that
/// differ from true time by at most a ninth</b> (the kernel slews a clock by at most a tenth and 500 ppm). The voter counts the promise from its
/// receipt, the leader from its sending, and four fifths of it: (1 - 1/9) / (1 + 1/9). Both look at the clock before they act, and take in before what has come until then, so that standing still
/// in between does no harm. Wall clocks do not matter. A machine that is suspended and resumed with its
/// monotonic clock standing still breaks the bound: leases are not for it.
/// </para>
/// </summary>
internal sealed class LeaderLease(RaftOptions options)
{
    private const int SharePercent = 80;

    // Rounds begun in the time of a promise and not yet answered: a few, and each read may begin one.
    private const int RememberedRounds = 64;

    private readonly Queue<(ulong Round, TimeSpan SentAt)> _rounds = new();
    private readonly TimeSpan _length = options.Mutant switch
    {
        RaftMutant.LeaseOutlivesPromise => options.LeaderPromise + options.LeaderPromise,
        RaftMutant.LeaseIgnoresDrift => options.LeaderPromise,
        _ => TimeSpan.FromTicks(options.LeaderPromise.Ticks * SharePercent / 100),
    };
    private TimeSpan? _since;
    private bool _over;

    public bool InUse => _length > TimeSpan.Zero && !_over;

    /// <summary>
    /// Ends leases for the rest of the term, because leadership is to move: who is called to an election is not held back by any promise, and may still be on its way to it when
    /// the handover was long given up.
    /// </summary>
    public void End()
    {
        if (options.Mutant == RaftMutant.LeaseKeptThroughTransfer) return;
        _over = true;
        _rounds.Clear();
    }

    /// <summary>Another membership is in force: a quorum of the one before need not be one of it. The next round asks anew.</summary>
    public void Lapse() => _since = null;

    /// <summary>Whether a voter that promises so long counts: one that promises less, or nothing, would be free again too soon.</summary>
    public bool Suffices(TimeSpan promise) => promise >= options.LeaderPromise || options.Mutant == RaftMutant.LeaseCountsWhoDoesNotPromise;

    /// <summary>A round of heartbeats leaves; the clock was read before.</summary>
    public void Sent(ulong round, TimeSpan now)
    {
        if (!InUse) return;
        if (_rounds.Count == RememberedRounds) _rounds.Dequeue();
        _rounds.Enqueue((round, now));
    }

    /// <summary>A quorum has promised behind this round, or a later one.</summary>
    public void Promised(ulong round, TimeSpan now)
    {
        while (_rounds.TryPeek(out var oldest) && oldest.Round <= round)
            _since = options.Mutant == RaftMutant.LeaseFromReceipt ? LaterOf(_rounds.Dequeue().SentAt, now) : _rounds.Dequeue().SentAt;
    }

    /// <summary>No other leader can have been elected yet.</summary>
    public bool Holds(TimeSpan now) => InUse && _since is { } since && now - since < _length;

    private static TimeSpan LaterOf(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
