namespace Hive.Queen;

/// <summary>What a member counts and measures of its own work, for whoever shows it. Written from many threads, read at any time.</summary>
public sealed class QueenMetrics
{
    /// <summary>Of a member that measures nothing.</summary>
    public static readonly QueenMetrics None = new();

    private long _pending;
    private long _failed;

    /// <summary>Writes to the log with their sync, one for each group commit. Bounds: those of etcd's WAL histogram, 1 ms doubling to 8 s.</summary>
    public DurationHistogram LogWrites { get; } = DurationHistogram.Doubling(TimeSpan.FromMilliseconds(1), 14);

    /// <summary>Proposals of this member's callers that wait for their fate.</summary>
    public long PendingProposals => Volatile.Read(ref _pending);

    /// <summary>Proposals that ended without being applied, or with an unknown fate.</summary>
    public long FailedProposals => Volatile.Read(ref _failed);

    internal void BeginProposal() => Interlocked.Increment(ref _pending);

    internal void EndProposal(QueenCode code)
    {
        Interlocked.Decrement(ref _pending);
        if (code != QueenCode.Ok) Interlocked.Increment(ref _failed);
    }
}
