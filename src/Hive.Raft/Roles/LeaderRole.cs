using System.Collections.Immutable;

namespace Hive.Raft;

/// <summary>
/// Leads one term: appends, feeds peers, commits what a quorum holds, confirms reads, hands over. What it decides about the membership is
/// in <see cref="MembershipDriver"/>.
/// </summary>
internal sealed class LeaderRole : Role
{
    private readonly Replicator _replicator;
    private readonly ReadRounds _reads;
    private readonly LeaderLease _lease;
    private readonly MembershipDriver _membership;
    private readonly Queue<(LogIndex Index, long Bytes)> _uncommitted = new();
    private readonly List<(PendingRead Read, LogIndex Index)> _confirmed = [];
    private long _uncommittedBytes;
    private LogIndex _firstOfTerm;
    private int _heartbeatElapsed;
    private int _diskSilence;
    private bool _sendDue;
    private MemberId _transferTarget;

    public LeaderRole(RaftCore core) : base(core)
    {
        _replicator = new Replicator(core);
        _reads = new ReadRounds(core.Options.Limits.PendingReads);
        _lease = new LeaderLease(core.Options);
        _membership = new MembershipDriver(core, _replicator);
    }

    public override RaftRole Kind => RaftRole.Leader;

    /// <summary>Peers in id order.</summary>
    public ImmutableArray<PeerStatus> Peers =>
        [.. _replicator.Peers.Select(p => new PeerStatus(p.Member, p.Match, p.Next, p.State, p.RecentlyActive))];

    /// <summary>Whether an entry of this leader's own term is committed: before that it does not know the commit index (thesis §6.4), nor may it change the membership.</summary>
    public bool CommittedInTerm => Core.Log.Commit >= _firstOfTerm;

    /// <summary>The first acts of a term: an entry of its own, sent to everyone.</summary>
    public void Begin()
    {
        _firstOfTerm = Append(EntryKind.Empty, default).Index;
        BroadcastHeartbeat();
    }

    public override void Leave()
    {
        foreach (var read in _reads.Abandon()) AnswerRead(read, LogIndex.Zero, refused: true);
    }

    public override void Tick()
    {
        Core.Timer.Tick();
        if (!Core.Timer.WithinMinimum)
        {
            Core.Timer.RestartPeriod();
            _transferTarget = MemberId.None;
            _replicator.RetireLeft();
            if (Core.Options.CheckQuorum && !_replicator.QuorumActive())
            {
                Core.BecomeFollower(Core.Term, MemberId.None);
                return;
            }
        }
        if (++_heartbeatElapsed >= Core.Options.HeartbeatTicks) BroadcastHeartbeat();
        HandOverFromStalledDisk();
        _membership.Tick();
        DriveMembership();
    }

    public override ProposeResult Propose(ReadOnlyMemory<byte> payload, ulong tag)
    {
        if (!_transferTarget.IsNone) return new ProposeResult(ProposeOutcome.Transferring);
        if (_uncommittedBytes > 0 && _uncommittedBytes + payload.Length > Core.Options.Limits.UncommittedBytes)
            return new ProposeResult(ProposeOutcome.TooManyUncommitted);
        var entry = Append(EntryKind.Normal, payload);
        return new ProposeResult(ProposeOutcome.Appended, entry.Term, entry.Index);
    }

    public override void OnProposeRequest(ProposeRequest request)
    {
        if (Propose(request.Payload, request.Tag).Outcome != ProposeOutcome.Appended) base.OnProposeRequest(request);
    }

    public override ProposeResult ProposeMembership(MembershipChange change)
    {
        if (!_transferTarget.IsNone) return new ProposeResult(ProposeOutcome.Transferring);
        bool mayChange = CommittedInTerm && !_membership.ChangePending;
        if (!mayChange && !(Core.Is(RaftMutant.ChangeWhileChangePending) && !Core.Membership.IsJoint)) return new ProposeResult(ProposeOutcome.ChangePending);
        var error = change.Apply(Core.Membership, out var next);
        if (error != MembershipError.None) return new ProposeResult(ProposeOutcome.InvalidChange, Error: error);
        var entry = AppendMembership(next);
        return new ProposeResult(ProposeOutcome.Appended, entry.Term, entry.Index);
    }

    public override void OnAppendResponse(AppendResponse response)
    {
        if (_replicator.Find(response.From) is not { } peer) return;
        peer.RecentlyActive = true;
        if (response.Rejected)
        {
            OnRejected(peer, response);
            return;
        }
        Invariant.Check(response.Index <= Core.Log.LastIndex, $"{response} beyond {Core.Log.LastIndex}");
        if (!peer.Accepted(response.Index)) return;
        _sendDue = true;
        AdvanceCommit();
        if (Core.Role != this) return;
        TryTimeoutTransferTarget();
        DriveMembership();
    }

    public override void OnHeartbeatResponse(HeartbeatResponse response)
    {
        if (_replicator.Find(response.From) is not { } peer) return;
        peer.RecentlyActive = true;
        peer.ResumeProbe();
        if (Core.Is(RaftMutant.ReadReusesOldRound)) peer.ConfirmedRound = _reads.Newest;
        if (response.Round > peer.ConfirmedRound) peer.ConfirmedRound = Math.Min(response.Round, _reads.Newest);
        if (response.Round > peer.PromisedRound && _lease.Suffices(response.Promise)) peer.PromisedRound = Math.Min(response.Round, _reads.Newest);
        if (peer.Match < Core.Log.LastIndex || peer.State == ReplicationState.Probe) _replicator.Nudge(peer);
        ConfirmReads();
    }

    public override void OnPersisted()
    {
        _diskSilence = 0;
        AdvanceCommit();
    }

    public override bool ReadIndex(ulong number)
    {
        TakeRead(new PendingRead(Core.Self, new ReadContext(Core.Options.Incarnation, number)));
        return true;
    }

    public override void OnReadRequest(ReadIndexRequest request) => TakeRead(new PendingRead(request.From, request.Context));

    public override bool TransferLeadership(MemberId target)
    {
        if (target.IsNone) target = BestSuccessor();
        if (target.IsNone || target == Core.Self || !Core.Membership.Voters.Contains(target)) return false;
        _transferTarget = target;
        _lease.End();
        Core.Timer.RestartPeriod();
        TryTimeoutTransferTarget();
        _sendDue = true;
        return true;
    }

    public void OnSnapshotReported(MemberId to, bool delivered) => _replicator.Find(to)?.SnapshotReported(delivered);

    public void OnUnreachable(MemberId peer) => _replicator.Find(peer)?.Unreachable();

    public override bool WantsFlush => _sendDue || (_reads.WantsRound && KnowsCommit);

    public override void Flush()
    {
        if (_reads.WantsRound && KnowsCommit) BroadcastHeartbeat();
        if (!_sendDue) return;
        _sendDue = false;
        _replicator.SendToAll();
    }

    private Entry Append(EntryKind kind, ReadOnlyMemory<byte> payload)
    {
        var entry = new Entry(Core.Term, Core.Log.LastIndex.Next, kind, Core.Clock.Next(), payload);
        Core.Log.Append(entry);
        _uncommitted.Enqueue((entry.Index, payload.Length));
        _uncommittedBytes += payload.Length;
        _sendDue = true;
        return entry;
    }

    private Entry AppendMembership(Membership next)
    {
        var entry = Append(EntryKind.Membership, RaftCodec.Encode(next));
        _replicator.FollowMembership();
        _lease.Lapse();
        return entry;
    }

    private void OnRejected(Progress peer, AppendResponse response)
    {
        var hint = response.HintIndex;
        if (response.HintTerm.Value > 0) hint = Core.Log.LastNotAbove(hint, response.HintTerm).Index;
        // An answer that denies what the peer once acknowledged: it lost its log, and said so, or is found to have by the one probe under way. Later
        // answers of the same loss are stale by then, and each would send all again.
        bool denied = response.Index <= peer.Match && response.HintIndex < peer.Match;
        if (denied && (response.LostLog || peer.IsProbedAt(response.Index)))
        {
            peer.LostLog(response.HintIndex);
            _sendDue = true;
        }
        else if (peer.Rejected(response.Index, hint))
        {
            _sendDue = true;
            _replicator.TrySend(peer, evenEmpty: true);
        }
    }

    /// <summary>
    /// Commits what a quorum holds, when it is of this term: an older term's entry held by a majority can still be replaced, and is committed only by
    /// one of this term that follows it (thesis §3.6.2).
    /// </summary>
    private void AdvanceCommit()
    {
        var reached = _replicator.QuorumMatch();
        bool ofThisTerm = Core.Log.TermAt(reached) == Core.Term || Core.Is(RaftMutant.CommitOlderTermByCounting);
        if (reached <= Core.Log.Commit || !ofThisTerm) return;
        Core.Log.CommitTo(reached);
        while (_uncommitted.TryPeek(out var oldest) && oldest.Index <= reached) _uncommittedBytes -= _uncommitted.Dequeue().Bytes;
        _sendDue = true;
        DriveMembership();
    }

    /// <summary>Takes the next step of a membership change, if one is due.</summary>
    private void DriveMembership()
    {
        if (!CommittedInTerm) return;
        if (_membership.NextStep() is { } next && _transferTarget.IsNone) AppendMembership(next);
        if (!_membership.IsRemoved) return;
        // The entry that removes this leader is committed: it says so to the others, asks the best of them to go on, and leaves (thesis §4.2.2).
        _replicator.SendToAll();
        var successor = BestSuccessor();
        if (!successor.IsNone) Core.Outbox.Send(new TimeoutNow(Core.Self, successor, Core.Term));
        Core.BecomeFollower(Core.Term, MemberId.None);
    }

    private void BroadcastHeartbeat()
    {
        _heartbeatElapsed = 0;
        ulong round = _reads.Start(KnowsCommit ? Core.Log.Commit : null);
        _lease.Sent(round, LeaseClock);
        foreach (var peer in _replicator.Peers)
        {
            bool holdsAll = peer.Match >= Core.Log.Commit || Core.Is(RaftMutant.HeartbeatCommitsBeyondMatch);
            var known = holdsAll ? Core.Log.Commit : peer.Match;
            Core.Outbox.Send(new Heartbeat(Core.Self, peer.Member, Core.Term, known, round));
        }
        ConfirmReads();
    }

    private void ConfirmReads()
    {
        var quorum = Core.Membership.Quorum;
        if (_lease.InUse) _lease.Promised(quorum.Reached(id => id == Core.Self ? _reads.Newest : _replicator.Find(id)?.PromisedRound ?? 0), LeaseClock);
        ulong round = quorum.Reached(id => id == Core.Self ? _reads.Newest : _replicator.Find(id)?.ConfirmedRound ?? 0);
        _reads.Confirm(round, _confirmed);
        foreach (var (read, index) in _confirmed) AnswerRead(read, index, refused: false);
        _confirmed.Clear();
    }

    private bool KnowsCommit => CommittedInTerm || Core.Is(RaftMutant.ReadBeforeOwnTerm);

    private void TakeRead(PendingRead read)
    {
        bool leased = HoldsLease;
        if (leased) Core.LeaseReads++;
        if (leased || Core.Is(RaftMutant.ReadWithoutQuorum)) AnswerRead(read, Core.Log.Commit, refused: false);
        else if (!_reads.TryAdd(read)) AnswerRead(read, LogIndex.Zero, refused: true);
    }

    private void AnswerRead(PendingRead read, LogIndex index, bool refused)
    {
        if (read.From == Core.Self) Core.Outbox.Answer(new ReadState(read.Context.Number, index, refused));
        else Core.Outbox.Send(new ReadIndexResponse(Core.Self, read.From, read.Context, index, refused));
    }

    /// <summary>Nobody else can have been elected yet. Nor by itself: a leader that is being removed does not vote, and whoever is left alone keeps no promise.</summary>
    private bool HoldsLease => CommittedInTerm && Core.Membership.IsVoter(Core.Self) && _lease.Holds(LeaseClock);

    private TimeSpan LeaseClock => Core.Is(RaftMutant.LeaseByWallClock) ? TimeSpan.FromTicks(Core.Clock.Wall.Ticks) : Core.Clock.Monotonic;

    private void TryTimeoutTransferTarget()
    {
        if (_transferTarget.IsNone || _replicator.Find(_transferTarget) is not { } target || target.Match != Core.Log.LastIndex) return;
        Core.Outbox.Send(new TimeoutNow(Core.Self, _transferTarget, Core.Term));
    }

    /// <summary>The active voter with the longest log, lowest id first.</summary>
    private MemberId BestSuccessor()
    {
        Progress? best = null;
        foreach (var peer in _replicator.Peers)
            if (peer.RecentlyActive && Core.Membership.Voters.Contains(peer.Member) && (best is null || peer.Match > best.Match)) best = peer;
        return best?.Member ?? MemberId.None;
    }

    /// <summary>A leader whose disk is stuck still heartbeats, so that nobody would depose it; it notices by itself.</summary>
    private void HandOverFromStalledDisk()
    {
        _diskSilence = Core.Log.Persisted < Core.Log.LastIndex ? _diskSilence + 1 : 0;
        int limit = Core.Options.DiskStallTicks;
        if (limit > 0 && _diskSilence >= limit && _transferTarget.IsNone && TransferLeadership(MemberId.None)) _diskSilence = 0;
    }
}
