namespace Hive.Raft;

/// <summary>
/// What a leader knows of one peer's log. Always Match &lt; Next. Probe: one message per heartbeat period until the logs meet. Replicate: pipelined
/// within the window. Snapshot: nothing until the snapshot is reported or acknowledged.
/// </summary>
internal sealed class Progress(MemberId member, LogIndex next, RaftLimits limits)
{
    private readonly InflightWindow _inflight = new(limits.InflightMessages, limits.InflightBytes);
    private bool _probeSent;
    private LogIndex _snapshotIndex;

    public MemberId Member => member;

    /// <summary>Highest index known to be durable and equal at the peer.</summary>
    public LogIndex Match { get; private set; }

    /// <summary>Next index to send.</summary>
    public LogIndex Next { get; private set; } = next;

    public ReplicationState State { get; private set; } = ReplicationState.Probe;

    /// <summary>It answered since the last quorum check.</summary>
    public bool RecentlyActive { get; set; }

    /// <summary>Highest confirmation round that it echoed.</summary>
    public ulong ConfirmedRound { get; set; }

    /// <summary>Highest round that it answered with a promise which counts for a lease.</summary>
    public ulong PromisedRound { get; set; }

    /// <summary>Highest commit index that was sent to it.</summary>
    public LogIndex SentCommit { get; set; }

    /// <summary>Nothing may be sent now.</summary>
    public bool IsPaused => State switch
    {
        ReplicationState.Probe => _probeSent,
        ReplicationState.Replicate => _inflight.IsFull,
        _ => true,
    };

    /// <summary>An append with entries up to <paramref name="last"/> left.</summary>
    public void Sent(LogIndex last, int entries, long bytes)
    {
        if (State == ReplicationState.Probe)
        {
            _probeSent = true;
            return;
        }
        if (entries == 0) return;
        Next = last.Next;
        _inflight.Add(last, bytes);
    }

    /// <summary>A snapshot left.</summary>
    public void SentSnapshot(LogIndex index)
    {
        State = ReplicationState.Snapshot;
        _snapshotIndex = index;
        _inflight.Clear();
        _probeSent = false;
    }

    /// <summary>The peer holds all up to <paramref name="index"/>. True when that is news, or when it ends a probe.</summary>
    public bool Accepted(LogIndex index)
    {
        bool news = index > Match;
        if (news) Match = index;
        if (Next <= Match) Next = Match.Next;
        switch (State)
        {
            case ReplicationState.Probe when index >= Next.Previous:
                BecomeReplicate();
                return true;
            case ReplicationState.Snapshot when Match >= _snapshotIndex:
                BecomeReplicate();
                return true;
            case ReplicationState.Replicate:
                _inflight.FreeUpTo(index);
                return news;
            default:
                return news;
        }
    }

    /// <summary>The peer's log did not hold <paramref name="rejected"/>; it may agree up to <paramref name="hint"/>. False when the answer is out of date.</summary>
    public bool Rejected(LogIndex rejected, LogIndex hint)
    {
        if (State == ReplicationState.Replicate)
        {
            if (rejected <= Match) return false;
            BecomeProbe();
            return true;
        }
        if (State == ReplicationState.Snapshot || Next.Previous != rejected) return false;
        var candidate = hint.Next < rejected ? hint.Next : rejected;
        Next = candidate > Match ? candidate : Match.Next;
        _probeSent = false;
        return true;
    }

    /// <summary>Whether the place where the logs may agree is being looked for, and this is the place tried.</summary>
    public bool IsProbedAt(LogIndex previous) => State == ReplicationState.Probe && Next.Previous == previous;

    /// <summary>The peer lost what it had acknowledged: begin again at its hint.</summary>
    public void LostLog(LogIndex hint)
    {
        Match = LogIndex.Zero;
        BecomeProbe();
        Next = hint.Next;
    }

    /// <summary>The link broke: what was on its way may be lost.</summary>
    public void Unreachable()
    {
        if (State == ReplicationState.Replicate) BecomeProbe();
    }

    /// <summary>The streaming of a snapshot ended.</summary>
    public void SnapshotReported(bool delivered)
    {
        if (State != ReplicationState.Snapshot) return;
        var sent = _snapshotIndex;
        BecomeProbe();
        if (delivered && sent.Next > Next) Next = sent.Next;
        _probeSent = delivered;
    }

    /// <summary>A probe may be sent again: the peer is alive.</summary>
    public void ResumeProbe() => _probeSent = false;

    private void BecomeProbe()
    {
        State = ReplicationState.Probe;
        Next = Match.Next;
        _inflight.Clear();
        _probeSent = false;
    }

    private void BecomeReplicate()
    {
        State = ReplicationState.Replicate;
        Next = Match.Next;
        _inflight.Clear();
        _probeSent = false;
    }
}
