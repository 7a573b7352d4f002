using System.Buffers;
using System.Collections.Immutable;
using Hive.Raft;
using Hive.Store;

namespace Hive.Queen.Core;

/// <summary>
/// What a queen decides: the consensus core with its proposals, reads, renewals, leadership and snapshots round it. Deterministic and owned
/// by one thread: no clock, task or socket; the shell (or a simulator) feeds <see cref="Take"/> and carries out <see cref="TakeReady"/>.
/// </summary>
public sealed class QueenCore
{
    /// <summary>Numbers from here up are the core's own proposals; callers' numbers stay below.</summary>
    public const ulong FirstOwnNumber = 1UL << 63;

    private readonly RaftNode _raft;
    private readonly LogView _log;
    private readonly QueenLimits _limits;
    private readonly MemberId _self;
    private readonly ulong _incarnation;
    private readonly Proposals _proposals;
    private readonly ReadBarrier _reads;
    private readonly LeaseRenewals _renewals;
    private readonly MembershipWaiters _membership;
    private readonly List<CoreAnswer> _answers = [];
    private readonly List<ScopeChange> _scopes = [];
    private readonly List<(ulong Number, TimeSpan Deadline)> _transfers = [];
    private readonly SnapshotPolicy _snapshots;
    private readonly DeadLeaderHint _deadLeader;
    private readonly ElectionPatience _patience;
    private readonly LeaderStrain _strain;
    private ulong _lastOwnNumber = FirstOwnNumber;
    private ulong _tickProposal;
    private LogTime? _nextDeadline;
    private Term? _scope;
    private TimeSpan _now;

    /// <param name="log">The view that <paramref name="raft"/> reads; the core keeps its beginning up to date.</param>
    /// <param name="incarnation">As in <see cref="RaftOptions.Incarnation"/>.</param>
    /// <param name="nextDeadline">When the store, as it was loaded, next has something due.</param>
    /// <param name="jitter">Spreads what several members would otherwise do at the same moment.</param>
    public QueenCore(RaftNode raft, LogView log, QueenLimits limits, ulong incarnation, LogTime? nextDeadline, IElectionJitter jitter)
    {
        _patience = new ElectionPatience(raft, limits);
        _deadLeader = new DeadLeaderHint(raft, limits, jitter);
        _strain = new LeaderStrain(limits);
        (_raft, _log, _limits, _incarnation) = (raft, log, limits, incarnation);
        _self = raft.Self;
        _nextDeadline = nextDeadline;
        _proposals = new Proposals(raft, limits, Answered);
        _reads = new ReadBarrier(raft, limits, _answers.Add);
        _renewals = new LeaseRenewals(limits, (command, now) => ProposeOwn(command, now, leaderOnly: false), _answers.Add);
        _membership = new MembershipWaiters(raft, limits, _answers.Add);
        _snapshots = new SnapshotPolicy(limits, log);
    }

    public RaftNode Raft => _raft;

    /// <summary>The election time-out now, before randomisation.</summary>
    public int ElectionTicks => _patience.Ticks;

    /// <summary>How often this member handed over by itself since it could not keep up, and why the last time.</summary>
    public (int Times, string Reason) HandedOver { get; private set; }

    /// <summary>The clocks; before each batch of inputs, then <see cref="Tick"/> for each tick that has passed.</summary>
    public void Observe(ClockReading now)
    {
        _now = now.Monotonic;
        _strain.Woke(_now);
        _raft.Observe(now);
    }

    /// <summary>Once, after the first <see cref="Observe"/>: a member alone has nobody to wait for before it leads.</summary>
    public void Start()
    {
        if (_raft.Membership.Voters.Length == 1 && _raft.Membership.Voters[0] == _self) _raft.Campaign();
    }

    /// <summary>One tick of <see cref="QueenLimits.Tick"/>.</summary>
    public void Tick()
    {
        _raft.Tick();
        _deadLeader.Tick();
        _patience.Tick(_now);
        HandOverWhenBehind();
        _proposals.Expire(_now);
        _proposals.TryParked();
        _reads.Expire(_now);
        _membership.Expire(_now);
        _transfers.RemoveAll(transfer =>
        {
            if (transfer.Deadline > _now) return false;
            _answers.Add(new CoreAnswer(transfer.Number, QueenCode.TimedOut));
            return true;
        });
    }

    public void Take(QueenInput input)
    {
        switch (input)
        {
            case QueenInput.Message message:
                _deadLeader.Heard(message.Content.From);
                _raft.Step(message.Content);
                _patience.Heard(message.Content.From, _now);
                break;
            case QueenInput.Propose propose:
                _proposals.Propose(propose.Number, propose.Payload, propose.LeaderOnly, _now);
                break;
            case QueenInput.Read read:
                _reads.Read(read.Number, _now);
                break;
            case QueenInput.Renew renew:
                _renewals.Renew(renew.Number, renew.Lease);
                break;
            case QueenInput.Persisted persisted:
                _raft.Persisted(persisted.Ticket);
                break;
            case QueenInput.Applied applied:
                TakeApplied(applied.Batch);
                break;
            case QueenInput.Transfer transfer:
                TakeTransfer(transfer);
                break;
            case QueenInput.ChangeMembership change:
                _membership.Change(change.Number, change.Change, _now);
                break;
            default:
                TakeRare(input);
                break;
        }
    }

    /// <summary>Gathers what is to be done, after a batch of inputs. Null: nothing.</summary>
    public CoreReady? TakeReady()
    {
        _renewals.Flush(_now);
        _reads.Ask(_now);
        ProposeTickWhenDue();
        Ready? ready = _raft.HasReady ? _raft.TakeReady() : null;
        if (ready is not null) TakeIn(ready);
        LogIndex? compactThrough = _snapshots.TakeCompaction();
        bool capture = _snapshots.TakeOrder();
        SnapshotMetadata? write = _snapshots.TakeCaptured() is { } at ? _raft.SnapshotMetadataAt(at) : null;
        if (compactThrough is { } through)
        {
            _log.DropThrough(through);
            _raft.Compacted();
        }
        if (ready is null && _answers.Count == 0 && _scopes.Count == 0 && !capture && write is null && compactThrough is null) return null;
        var taken = new CoreReady(ready, [.. _answers], [.. _scopes], capture, write, compactThrough);
        _answers.Clear();
        _scopes.Clear();
        return taken;
    }

    private void TakeRare(QueenInput input)
    {
        switch (input)
        {
            case QueenInput.Installed installed:
                _nextDeadline = installed.NextDeadline;
                _proposals.Installed();
                _raft.Applied(installed.Snapshot.Index);
                _reads.Applied(installed.Snapshot.Index);
                _snapshots.Restart();
                break;
            case QueenInput.StateCaptured captured:
                _snapshots.Captured(captured.Index);
                break;
            case QueenInput.SnapshotTaken taken:
                _snapshots.Taken(taken.Snapshot);
                break;
            case QueenInput.SnapshotSent sent:
                _raft.ReportSnapshot(sent.To, sent.Delivered);
                break;
            case QueenInput.PeerLost lost:
                _raft.ReportUnreachable(lost.Peer);
                _deadLeader.Lost(lost.Peer);
                break;
            default:
                throw Invariant.Fail($"unknown input {input.GetType().Name}");
        }
    }

    private void TakeIn(Ready ready)
    {
        foreach (ulong tag in ready.RefusedProposals) _proposals.Refused(tag);
        foreach (ReadState state in ready.ReadStates) _reads.Confirmed(state, _now);
        if (ready.SoftState is { } soft) TakeSoftState(soft);
        if (ready.Snapshot is { } snapshot) _log.Expect(snapshot);
    }

    private void TakeSoftState(SoftState soft)
    {
        if (_scope is { } term && (soft.Role != RaftRole.Leader || soft.Term != term))
        {
            _scope = null;
            _scopes.Add(new ScopeChange(term, null));
        }
        _reads.LeaderChanged();
        _patience.LeaderChanged();
        _strain.LeaderChanged();
        if (soft.Leader.IsNone) return;
        _proposals.TryParked();
        for (int i = _transfers.Count - 1; i >= 0 && soft.Leader != _self; i--)
        {
            _answers.Add(new CoreAnswer(_transfers[i].Number, QueenCode.Ok));
            _transfers.RemoveAt(i);
        }
    }

    private void TakeApplied(AppliedBatch batch)
    {
        _nextDeadline = batch.NextDeadline;
        foreach (var (number, result) in batch.Own) _proposals.Applied(number, result);
        foreach (var (term, revision) in batch.FirstsOfTerm)
        {
            _proposals.FirstOfTermApplied(term);
            if (term != _raft.Term || _raft.Role != RaftRole.Leader) continue;
            _scope = term;
            _scopes.Add(new ScopeChange(term, revision));
        }
        _raft.Applied(batch.Index);
        _reads.Applied(batch.Index);
        _membership.Applied();
        _snapshots.Applied(batch.Index, batch.Bytes);
    }

    private void TakeTransfer(QueenInput.Transfer transfer)
    {
        if (_raft.Leader == transfer.Target && !transfer.Target.IsNone) _answers.Add(new CoreAnswer(transfer.Number, QueenCode.Ok));
        else if (!_raft.TransferLeadership(transfer.Target)) _answers.Add(new CoreAnswer(transfer.Number, QueenCode.NoLeader));
        else _transfers.Add((transfer.Number, _now + _limits.RequestTimeout));
    }

    private void HandOverWhenBehind()
    {
        if (_raft.Role != RaftRole.Leader || _strain.Tick(_raft.CommitIndex, _raft.PersistedIndex, _now) is not { } reason) return;
        if (_raft.TransferLeadership(MemberId.None)) HandedOver = (HandedOver.Times + 1, reason);
    }

    private void ProposeTickWhenDue()
    {
        if (_tickProposal != 0 || _scope is null || _nextDeadline is not { } due || _raft.Now.Log < due) return;
        _tickProposal = ProposeOwn(new TickCommand(), _now, leaderOnly: true);
    }

    private ulong ProposeOwn(Command command, TimeSpan now, bool leaderOnly)
    {
        ulong number = ++_lastOwnNumber;
        var payload = new ArrayBufferWriter<byte>();
        new ProposalHeader(_self, _incarnation, number).Write(payload);
        CommandCodec.Encode(command, payload);
        _proposals.Propose(number, payload.WrittenMemory, leaderOnly, now);
        return number;
    }

    private void Answered(CoreAnswer answer)
    {
        if (answer.Number < FirstOwnNumber) _answers.Add(answer);
        else if (!_renewals.TryTake(answer)) _tickProposal = 0;
    }
}
