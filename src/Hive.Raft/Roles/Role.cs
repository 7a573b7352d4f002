namespace Hive.Raft;

/// <summary>One part to play: one method per message. What a role does not care about it does not override: such messages are stale and are dropped.</summary>
internal abstract class Role(RaftCore core)
{
    protected RaftCore Core { get; } = core;

    public abstract RaftRole Kind { get; }

    public abstract void Tick();

    /// <summary>Called once, before another role takes its place.</summary>
    public virtual void Leave() { }

    public virtual void OnAppend(AppendRequest request) => Invariant.Fail($"{Kind} in term {Core.Term} got {request}");
    public virtual void OnHeartbeat(Heartbeat heartbeat) => Invariant.Fail($"{Kind} in term {Core.Term} got {heartbeat}");
    public virtual void OnSnapshot(InstallSnapshot install) => Invariant.Fail($"{Kind} in term {Core.Term} got {install}");
    public virtual void OnAppendResponse(AppendResponse response) { }
    public virtual void OnHeartbeatResponse(HeartbeatResponse response) { }
    public virtual void OnPreVoteResponse(PreVoteResponse response) { }
    public virtual void OnVoteResponse(VoteResponse response) { }
    public virtual void OnTimeoutNow(TimeoutNow order) { }

    /// <summary>A forwarded read arrived: only a leader can take it.</summary>
    public virtual void OnReadRequest(ReadIndexRequest request) =>
        Core.Outbox.Send(new ReadIndexResponse(Core.Self, request.From, request.Context, LogIndex.Zero, Refused: true));

    /// <summary>A forwarded proposal arrived: only a leader can take it. It is not forwarded again, so that it cannot go round in circles.</summary>
    public virtual void OnProposeRequest(ProposeRequest request) =>
        Core.Outbox.Send(new ProposeRefused(Core.Self, request.From, request.Incarnation, request.Tag));

    public virtual ProposeResult Propose(ReadOnlyMemory<byte> payload, ulong tag) => new(ProposeOutcome.NoLeader);
    public virtual ProposeResult ProposeMembership(MembershipChange change) => new(ProposeOutcome.NotLeader);
    public virtual bool ReadIndex(ulong number) => false;
    public virtual bool TransferLeadership(MemberId target) => false;

    /// <summary>Something became durable.</summary>
    public virtual void OnPersisted() { }

    /// <summary>The last chance to send before a Ready is taken.</summary>
    public virtual void Flush() { }

    /// <summary>Whether <see cref="Flush"/> would send.</summary>
    public virtual bool WantsFlush => false;
}
