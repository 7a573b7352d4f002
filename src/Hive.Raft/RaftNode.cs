namespace Hive.Raft;

/// <summary>signature sketch</summary>
public sealed class RaftNode
{
    /// <summary>Starts from what is durable. The log is read once for its membership entries.</summary>
    public RaftNode(RaftOptions options, HardState hardState, ILogView log, IElectionJitter jitter) => throw new NotImplementedException();

    public MemberId Self => throw new NotImplementedException();
    public Term Term => throw new NotImplementedException();
    public MemberId Leader => throw new NotImplementedException();
    public RaftRole Role => throw new NotImplementedException();
    public LogIndex CommitIndex => throw new NotImplementedException();
    public LogIndex AppliedIndex => throw new NotImplementedException();
    public LogIndex LastIndex => throw new NotImplementedException();
    public LogIndex PersistedIndex => throw new NotImplementedException();
    public Membership Membership => throw new NotImplementedException();

    /// <summary>The stamp that a leader would give now; on others an estimate (last entry's, moved on by what passed since).</summary>
    public Stamp Now => throw new NotImplementedException();

    /// <summary>Peers as the leader sees them, in id order; empty on others.</summary>
    public System.Collections.Immutable.ImmutableArray<PeerStatus> Peers => throw new NotImplementedException();

    /// <summary>Tells the time: before each batch of inputs. Entries appended until the next call are stamped with it.</summary>
    public void Observe(ClockReading now) => throw new NotImplementedException();

    /// <summary>One tick of time.</summary>
    public void Tick() => throw new NotImplementedException();

    /// <summary>Takes a message from a peer.</summary>
    public void Step(RaftMessage message) => throw new NotImplementedException();

    /// <summary>Proposes a command; a follower forwards it. The tag comes back in <see cref="Ready.RefusedProposals"/>.</summary>
    public ProposeResult Propose(ReadOnlyMemory<byte> payload, ulong tag) => throw new NotImplementedException();

    /// <summary>Proposes a membership change; leader only. It is in force once appended, done once applied (a joint one: once the entry that leaves it is).</summary>
    public ProposeResult ProposeMembership(MembershipChange change) => throw new NotImplementedException();

    /// <summary>Asks for a read index. False when no leader is known: ask again later. Numbers must not repeat within one start.</summary>
    public bool ReadIndex(ulong number) => throw new NotImplementedException();

    /// <summary>Moves leadership to a voter (none: to the most advanced one); a follower forwards. False when it cannot be tried.</summary>
    public bool TransferLeadership(MemberId target) => throw new NotImplementedException();

    /// <summary>Stands for election at the next opportunity, as after a time-out.</summary>
    public void Campaign() => throw new NotImplementedException();

    /// <summary>All writes up to and including this ticket are durable.</summary>
    public void Persisted(PersistTicket ticket) => throw new NotImplementedException();

    /// <summary>The state machine has applied (or installed by snapshot) all up to here.</summary>
    public void Applied(LogIndex index) => throw new NotImplementedException();

    /// <summary>The streaming of a snapshot to a peer ended.</summary>
    public void ReportSnapshot(MemberId to, bool delivered) => throw new NotImplementedException();

    /// <summary>The link to a peer broke: what is on its way may be lost.</summary>
    public void ReportUnreachable(MemberId peer) => throw new NotImplementedException();

    /// <summary>The metadata of a snapshot taken at an applied index (not below the newest snapshot).</summary>
    public SnapshotMetadata SnapshotMetadataAt(LogIndex index) => throw new NotImplementedException();

    /// <summary>The log view dropped entries after a snapshot became durable: the core forgets what lies before its first index.</summary>
    public void Compacted() => throw new NotImplementedException();

    /// <summary>Changes the election time-out while running (adaptive time-outs).</summary>
    public void SetElectionTimeout(int ticks) => throw new NotImplementedException();

    /// <summary>Whether <see cref="TakeReady"/> would have something.</summary>
    public bool HasReady => throw new NotImplementedException();

    /// <summary>Takes the orders gathered since the last call.</summary>
    public Ready TakeReady() => throw new NotImplementedException();
}
