namespace Hive.Raft;

/// <summary>A read that waits at the leader: its own, or a peer's.</summary>
internal readonly record struct PendingRead(MemberId From, ReadContext Context);

/// <summary>
/// ReadIndex (thesis §6.4). Each heartbeat broadcast is a round with a number that grows within the term. A read joins the round that starts after
/// it arrived, with the commit index at that start; once a quorum has echoed that round or a later one, the leader was still leader after the
/// read arrived, and the index is good. Reads that arrive while a round is under way wait for the next: one round serves them all.
/// </summary>
internal sealed class ReadRounds(int maxPending)
{
    private readonly List<PendingRead> _waiting = [];
    private readonly Queue<(PendingRead Read, LogIndex Index, ulong Round)> _asked = new();

    /// <summary>Number of the newest round; 0 before the first.</summary>
    public ulong Newest { get; private set; }

    /// <summary>Reads wait, and no round that serves earlier ones is under way: start one.</summary>
    public bool WantsRound => _waiting.Count > 0 && _asked.Count == 0;

    /// <summary>Takes a read; false when full.</summary>
    public bool TryAdd(PendingRead read)
    {
        if (_waiting.Count + _asked.Count >= maxPending) return false;
        _waiting.Add(read);
        return true;
    }

    /// <summary>A broadcast is about to leave. Waiting reads join it, unless the leader does not yet know its commit index (<paramref name="commit"/> is null).</summary>
    public ulong Start(LogIndex? commit)
    {
        Newest++;
        if (commit is not { } index) return Newest;
        foreach (var read in _waiting) _asked.Enqueue((read, index, Newest));
        _waiting.Clear();
        return Newest;
    }

    /// <summary>A quorum has echoed all rounds up to <paramref name="round"/>: moves the reads this confirms to <paramref name="confirmed"/>.</summary>
    public void Confirm(ulong round, List<(PendingRead Read, LogIndex Index)> confirmed)
    {
        while (_asked.TryPeek(out var asked) && asked.Round <= round)
        {
            _asked.Dequeue();
            confirmed.Add((asked.Read, asked.Index));
        }
    }

    /// <summary>Leadership is over: all reads that were not confirmed, in the order they came.</summary>
    public IReadOnlyList<PendingRead> Abandon()
    {
        List<PendingRead> left = [.. _asked.Select(a => a.Read), .. _waiting];
        _asked.Clear();
        _waiting.Clear();
        return left;
    }
}
