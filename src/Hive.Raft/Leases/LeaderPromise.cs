namespace Hive.Raft;

/// <summary>
/// The voter's half of read leases (thesis §6.4.1): for so long from when it last heard a leader, by its own monotonic clock, this member neither stands for election nor
/// votes for another, whatever became of the term meanwhile; unless the leader itself called for the election. It may have heard one just before it
/// started, and keeps then what it has forgotten.
/// </summary>
internal sealed class LeaderPromise(RaftOptions options)
{
    private readonly TimeSpan _longestBefore = options.LeaderPromise > options.LeaderPromiseBefore ? options.LeaderPromise : options.LeaderPromiseBefore;
    private TimeSpan? _until;

    /// <summary>As it is told to the leader; zero: nothing is promised.</summary>
    public TimeSpan Length => options.LeaderPromise;

    /// <summary>The clock was read; the first reading counts as if a leader had just been heard.</summary>
    public void Observe(TimeSpan now)
    {
        if (options.Mutant != RaftMutant.PromiseForgottenAtStart) _until ??= now + _longestBefore;
    }

    /// <summary>A leader was heard. What it sent had arrived before the clock was read, so the promise begins no sooner than that was sent.</summary>
    public void Give(TimeSpan now)
    {
        var until = now + Length;
        if (_until is not { } earlier || earlier < until) _until = until;
    }

    public bool Holds(TimeSpan now) => _until is { } until && now < until;
}
