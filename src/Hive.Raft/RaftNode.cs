using System.Collections.Immutable;

namespace Hive.Raft;

/// <summary>
/// One member's part in consensus: a deterministic function from inputs (messages, ticks, proposals, completions of disk and apply) to orders
/// (<see cref="Ready"/>). Holds no clock, socket, file or task; owned by one thread. After any input the shell takes Readies until
/// <see cref="HasReady"/> is false.
/// </summary>
public sealed class RaftNode
{
    private readonly RaftCore _core;
    private HardState _handedHardState;
    private SoftState _toldSoftState;
    private Membership _toldMembership;
    private ulong _sequence;

    /// <summary>Starts from what is durable. The log is read once for its membership entries; the state machine must be at the log's snapshot.</summary>
    public RaftNode(RaftOptions options, HardState hardState, ILogView log, IElectionJitter jitter)
    {
        Invariant.Check(!options.Self.IsNone && options.HeartbeatTicks > 0 && options.ElectionTimeoutTicks > options.HeartbeatTicks);
        _core = new RaftCore(options, hardState, log, jitter);
        _handedHardState = hardState;
        _toldSoftState = CurrentSoftState;
        _toldMembership = _core.Membership;
    }

    /// <summary>The inside, for checkers that only watch.</summary>
    internal RaftCore Core => _core;

    public MemberId Self => _core.Self;
    public Term Term => _core.Term;

    /// <summary>The leader of the current term, or none.</summary>
    public MemberId Leader => _core.Leader;
    public RaftRole Role => _core.Role.Kind;

    /// <summary>Highest index known to be committed.</summary>
    public LogIndex CommitIndex => _core.Log.Commit;

    /// <summary>Highest index reported by <see cref="Applied"/>.</summary>
    public LogIndex AppliedIndex => _core.Log.Applied;
    public LogIndex LastIndex => _core.Log.LastIndex;

    /// <summary>Highest index that is durable here.</summary>
    public LogIndex PersistedIndex => _core.Log.Persisted;

    /// <summary>The membership in force: that of the newest membership entry in the log, committed or not.</summary>
    public Membership Membership => _core.Membership;

    /// <summary>Whether a membership change is under way (as far as this member knows).</summary>
    public bool MembershipChangePending => _core.Log.Memberships.CurrentIndex > _core.Log.Commit || _core.Membership.IsJoint;

    /// <summary>Durable entries were lost and are not all back: this member does not vote (<see cref="RaftOptions.WithholdVotesUntil"/>).</summary>
    public bool VotesWithheld => _core.VotesWithheld;

    /// <summary>
    /// What damage took is back, or was replaced by a newer leader's log: the damage may be marked as repaired
    /// (<see cref="RaftOptions.PromisedEnd"/>, <see cref="RaftOptions.WithholdVotesUntil"/>).
    /// </summary>
    public bool IsWhole => !_core.VotesWithheld && !_core.IsIncomplete;

    /// <summary>Whom the shell must be able to reach: the members, and while the log is repaired whoever may have copies beside them (<see cref="RaftOptions.Acquaintances"/>).</summary>
    public ImmutableArray<Member> Reach => _core.IsIncomplete ? _core.Repair!.Known : _core.Membership.Members;

    /// <summary>The stamp that a leader would give now; on others an estimate (last entry's, moved on by what passed since it arrived).</summary>
    public Stamp Now => _core.Clock.Now;

    /// <summary>Reads that this member, as a leader, answered without asking since it started (<see cref="RaftOptions.LeaderPromise"/>).</summary>
    public long LeaseReads => _core.LeaseReads;

    /// <summary>Peers as the leader sees them, in id order; empty on others.</summary>
    public ImmutableArray<PeerStatus> Peers => _core.Role is LeaderRole leader ? leader.Peers : [];

    /// <summary>Tells the time: before each batch of inputs. Entries appended until the next call are stamped with it.</summary>
    public void Observe(ClockReading now) => _core.Observe(now);

    /// <summary>One tick of time.</summary>
    public void Tick() => _core.Tick();

    /// <summary>Takes a message from a peer. One that is not for this member is dropped.</summary>
    public void Step(RaftMessage message)
    {
        if (message.To != Self || message.From == Self || !TermRules.Admit(_core, message)) return;
        switch (message)
        {
            case AppendRequest m: _core.Role.OnAppend(m); break;
            case AppendResponse m: _core.Role.OnAppendResponse(m); break;
            case Heartbeat m: _core.Role.OnHeartbeat(m); break;
            case HeartbeatResponse m: _core.Role.OnHeartbeatResponse(m); break;
            case ProposeRequest m: _core.Role.OnProposeRequest(m); break;
            case ReadIndexRequest m: _core.Role.OnReadRequest(m); break;
            case ReadIndexResponse m: OnReadResponse(m); break;
            case ProposeRefused m: OnProposeRefused(m); break;
            case PreVoteRequest m: VoteRules.Answer(_core, m); break;
            case PreVoteResponse m: _core.Role.OnPreVoteResponse(m); break;
            case VoteRequest m: VoteRules.Answer(_core, m); break;
            case VoteResponse m: _core.Role.OnVoteResponse(m); break;
            case InstallSnapshot { Term.Value: 0 } m: _core.Repair?.OnSnapshot(m); break;
            case InstallSnapshot m: _core.Role.OnSnapshot(m); break;
            case TimeoutNow m: _core.Role.OnTimeoutNow(m); break;
            case LineageRequest m: RepairAnswers.Answer(_core, m); break;
            case CopyRequest m: RepairAnswers.Answer(_core, m); break;
            case LineageResponse m: _core.Repair?.OnLineage(m); break;
            case CopyResponse m: _core.Repair?.OnCopies(m); break;
            case TransferRequest m: if (_core.Role is LeaderRole) _core.Role.TransferLeadership(m.Target); break;
            default: throw Invariant.Fail($"unknown message {message}");
        }
    }

    /// <summary>Proposes a command; a follower forwards it. The tag comes back in <see cref="Ready.RefusedProposals"/>; it must not repeat within one start.</summary>
    public ProposeResult Propose(ReadOnlyMemory<byte> payload, ulong tag) => _core.Role.Propose(payload, tag);

    /// <summary>Proposes a membership change; leader only. It is in force once appended, done once applied (a joint one: once the entry that leaves it is).</summary>
    public ProposeResult ProposeMembership(MembershipChange change) => _core.Role.ProposeMembership(change);

    /// <summary>
    /// Asks for a read index; the answer is a <see cref="ReadState"/>, or none when a message was lost. False when no leader is known: ask again
    /// later. Numbers must not repeat within one start.
    /// </summary>
    public bool ReadIndex(ulong number) => _core.Role.ReadIndex(number);

    /// <summary>Moves leadership to a voter (none: to the most advanced one); a follower forwards. False when it cannot be tried.</summary>
    public bool TransferLeadership(MemberId target) => _core.Role.TransferLeadership(target);

    /// <summary>Stands for election at once, as after a time-out. Nothing happens on a leader or where this member may not stand (yet: <see cref="RaftOptions.LeaderPromise"/>).</summary>
    public void Campaign()
    {
        if (_core.Role is not LeaderRole) _core.Campaign(transfer: false);
    }

    /// <summary>A leader may count on this member not to stand yet (<see cref="RaftOptions.LeaderPromise"/>).</summary>
    public bool StandsByLeader => _core.StandsByLeader;

    /// <summary>All writes up to and including this ticket are durable. A ticket reported before, or covered by a later one, changes nothing.</summary>
    public void Persisted(PersistTicket ticket)
    {
        Invariant.Check(ticket.Sequence <= _sequence, $"{ticket} was never given out");
        if (_core.Writes.Complete(ticket.Sequence) is not { } durable) return;
        _core.DurableHardState = durable.HardState;
        _core.Log.PersistedTo(durable.LastIndex);
        _core.Role.OnPersisted();
        _core.Repair?.OnPersisted();
    }

    /// <summary>The state machine has applied (or installed by snapshot) all up to here.</summary>
    public void Applied(LogIndex index) => _core.Log.AppliedTo(index);

    /// <summary>The streaming of a snapshot to a peer ended; delivered when the <see cref="InstallSnapshot"/> message went with it.</summary>
    public void ReportSnapshot(MemberId to, bool delivered) => (_core.Role as LeaderRole)?.OnSnapshotReported(to, delivered);

    /// <summary>The link to a peer broke: what is on its way may be lost.</summary>
    public void ReportUnreachable(MemberId peer) => (_core.Role as LeaderRole)?.OnUnreachable(peer);

    /// <summary>The metadata of a snapshot taken at an applied index that is not below the newest snapshot.</summary>
    public SnapshotMetadata SnapshotMetadataAt(LogIndex index) => _core.Log.MetadataAt(index);

    /// <summary>The log view's snapshot moved forward and it may have dropped entries: the core forgets what lies before.</summary>
    public void Compacted() => _core.Log.Compacted();

    /// <summary>Changes the election time-out while running (adaptive time-outs). Must stay above the heartbeat period.</summary>
    public void SetElectionTimeout(int ticks)
    {
        Invariant.Check(ticks > _core.Options.HeartbeatTicks);
        if (ticks != _core.Timer.TimeoutTicks) _core.Timer.SetTimeout(ticks);
    }

    /// <summary>Whether <see cref="TakeReady"/> would have something.</summary>
    public bool HasReady =>
        !_core.Outbox.IsEmpty || _core.Role.WantsFlush || _core.Log.HasUnhanded || _core.Log.HasCommitted
        || CurrentHardState != _handedHardState || CurrentSoftState != _toldSoftState || !ReferenceEquals(_core.Membership, _toldMembership);

    /// <summary>Takes the orders gathered since the last call.</summary>
    public Ready TakeReady()
    {
        _core.Role.Flush();
        HardState? hardState = CurrentHardState == _handedHardState ? null : CurrentHardState;
        var (snapshot, entries) = _core.Log.TakeUnhanded();
        PersistTicket? ticket = null;
        if (hardState is not null || snapshot is not null || entries.Length > 0 || _core.Outbox.HasAfterPersist)
        {
            ticket = new PersistTicket(++_sequence, _core.Log.LastTerm, _core.Log.LastIndex);
            _core.Writes.Add(new InflightWrite(_sequence, _core.Log.LastIndex, CurrentHardState));
        }
        _handedHardState = CurrentHardState;
        var ready = new Ready
        {
            Ticket = ticket,
            HardState = hardState,
            Snapshot = snapshot,
            Entries = entries,
            SendNow = _core.Outbox.TakeNow(),
            SendAfterPersist = _core.Outbox.TakeAfterPersist(),
            Committed = _core.Log.TakeCommitted(),
            ReadStates = _core.Outbox.TakeReads(),
            RefusedProposals = _core.Outbox.TakeRefused(),
            SoftState = CurrentSoftState == _toldSoftState ? null : CurrentSoftState,
            Membership = ReferenceEquals(_core.Membership, _toldMembership) ? null : _core.Membership,
        };
        _toldSoftState = CurrentSoftState;
        _toldMembership = _core.Membership;
        return ready;
    }

    private HardState CurrentHardState => new(_core.Term, _core.Vote);

    private SoftState CurrentSoftState => new(_core.Leader, _core.Role.Kind, _core.Term);

    /// <summary>An answer to a request of an earlier start of this member is no answer: its number may be in use again.</summary>
    private void OnReadResponse(ReadIndexResponse response)
    {
        if (response.Context.Incarnation != _core.Options.Incarnation && !_core.Is(RaftMutant.ReadAnswerOfEarlierStart)) return;
        _core.Outbox.Answer(new ReadState(response.Context.Number, response.Index, response.Refused));
    }

    private void OnProposeRefused(ProposeRefused refused)
    {
        if (refused.Incarnation == _core.Options.Incarnation) _core.Outbox.RefuseProposal(refused.Tag);
    }
}
