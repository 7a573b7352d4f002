namespace Hive.Raft;

/// <summary>
/// The voter's half of read leases (thesis §6.4.1): for so long from when it last heard a leader, by its own monotonic clock, this member neither stands for election nor
/// votes for another, whatever became of the term meanwhile; unless the leader itself called for the election. It may have heard one just before it
/// started, and keeps then what it has forgotten.
/// </summary>
internal sealed class LeaderPromise(TimeSpan length, RaftMutant mutant)
{
    private TimeSpan? _since;

    /// <summary>As it is told to the leader; zero: nothing is promised.</summary>
    public TimeSpan Length => length;

    /// <summary>The clock was read; the first reading counts as if a leader had just been heard.</summary>
    public void Observe(TimeSpan now)
    {
        if (mutant != RaftMutant.PromiseForgottenAtStart) _since ??= now;
    }

    /// <summary>A leader was heard. What it sent had arrived before the clock was read, so the promise begins no sooner than that was sent.</summary>
    public void Give(TimeSpan now) => _since = now;

    public bool Holds(TimeSpan now) => length > TimeSpan.Zero && _since is { } since && now - since < length;
}
