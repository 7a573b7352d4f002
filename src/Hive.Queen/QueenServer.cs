using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using Hive.Journal;
using Hive.Queen.Archive;
using Hive.Queen.Core;
using Hive.Queen.Peers;
using Hive.Queen.Shell;
using Hive.Queen.Storage;
using Hive.Raft;
using Hive.Store;

namespace Hive.Queen;

/// <summary>
/// One member, running: the core on its loop thread, and round it the journal, apply, snapshots and the links to its peers, joined by queues.
/// Stop order: loop, journal, apply, links, callers, files.
/// </summary>
public sealed class QueenServer : IQueen, IAsyncDisposable
{
    private readonly QueenOptions _options;
    private readonly QueenStorage _storage;
    private readonly ulong _incarnation;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Callers _callers = new();
    private readonly Leadership _leadership = new();
    private readonly PeerNetwork _peers;
    private readonly JournalThread _journal;
    private readonly ApplyThread _apply;
    private readonly WatchThread _watches;
    private readonly SnapshotTask _snapshots;
    private readonly LoopThread _loop;
    private readonly StateComparison _comparison;
    private readonly SpaceGuard _space;
    private readonly List<Task> _threads = [];
    private readonly Lock _stopGate = new();
    private (Raft.Membership Of, ImmutableArray<QueenMember> Members) _described = (Raft.Membership.Empty, []);
    private Task? _stopped;
    private Task _publication = Task.CompletedTask;
    private Task _rehearsal = Task.CompletedTask;
    private int _failed;

    private QueenServer(QueenOptions options, QueenStorage storage)
    {
        (_options, _storage) = (options, storage);
        Metrics = new QueenMetrics();
        _incarnation = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8));
        _snapshots = new SnapshotTask(storage.Snapshots, options, Report, Fail, _stopping.Token);
        _peers = new PeerNetwork(options, storage.Snapshots, FileOf, Report, Add, TakeTurns) { Serve = ChangeHereAsync };
        _comparison = new StateComparison(options, () => _loop?.View.Membership.Voters.Length ?? int.MaxValue, _peers.SendDigest, Fail);
        _peers.TakeDigest = _comparison.Take;
        _space = new SpaceGuard(options, storage.Store);
        _journal = new JournalThread(storage.Journal, options, Metrics, _peers, Add, () => TakeTurns(TurnTaker.Loop), _stopping.Token);
        _apply = new ApplyThread(storage.Store, storage.Snapshots, options, _incarnation, _comparison, Add, () => TakeTurns(TurnTaker.Loop), _stopping.Token);
        _watches = new WatchThread(storage.Store.Watches);
        var log = new LogView(storage.Journal, storage.Metadata);
        var jitter = new SeededJitter(BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8)));
        Journal.HardState hard = storage.Journal.HardState;
        var raft = new RaftNode(RaftOptions(), new Raft.HardState(hard.Term, hard.Vote), log, jitter);
        var core = new QueenCore(raft, log, options.Limits, _incarnation, storage.Store.NextDeadline, jitter);
        _loop = new LoopThread(core, storage.Journal, options, _peers, _journal, _apply, _snapshots, _callers, _leadership);
    }

    /// <summary>Opens what is on the disk, or begins anew, and starts to take part. Answers when it runs, not when there is a leader.</summary>
    /// <exception cref="QueenStartException">It cannot be started; the message says why.</exception>
    public static async Task<QueenServer> StartAsync(QueenOptions options, CancellationToken cancellation = default)
    {
        options = options.FitToDisk();
        Raft.Membership genesis = options.Genesis();
        QueenStorage storage = await Task.Run(() => QueenStorage.Open(options, genesis), cancellation);
        try
        {
            var queen = new QueenServer(options, storage);
            queen.Run();
            return queen;
        }
        catch
        {
            storage.Dispose();
            throw;
        }
    }

    /// <summary>Where peers reach this member; null when it listens for none.</summary>
    public IPEndPoint? PeerEndPoint => _peers.EndPoint;

    public KeyValueStore Store => _storage.Store;

    public QueenMetrics Metrics { get; }

    public Stamp Now => _loop.View.Now;

    public QueenStatus Status
    {
        get
        {
            LoopView view = _loop.View;
            KeyValueStore store = _storage.Store;
            var errors = ImmutableArray.CreateBuilder<string>();
            if (_storage.Journal.Damage is { } damage) errors.Add($"journal entries {damage.From} to {damage.To} are damaged and not yet repaired");
            if (_comparison.Difference is { } difference) errors.Add(difference);
            if (_space.IsLow) errors.Add("the disk is nearly full: growth is refused");
            return new QueenStatus(
                _options.Self, _options.Cluster, view.Leader, view.Term, view.Committed, store.AppliedIndex, store.Revision,
                view.Membership.IsLearner(_options.Self), store.Bytes.TotalBytes, Describe(view.Membership), errors.ToImmutable())
            {
                Elections = view.Elections,
                LeaseReads = view.LeaseReads,
                Digest = _comparison.Agreement,
                IsSpaceLow = _space.IsLow,
            };
        }
    }

    public ValueTask<ProposalResult> ProposeAsync(Command command, CancellationToken cancellation, bool isBrief = false) =>
        ProposeAsync(command, leaderOnly: false, isBrief, cancellation);

    public ValueTask<ProposalResult> ProposeControlAsync(ControlBatchCommand batch, CancellationToken cancellation) =>
#if HIVE_FAULTS
        ProposeAsync(batch, leaderOnly: !KnownFault.Is(KnownFault.ControlWithoutFence), isBrief: false, cancellation);
#else
        ProposeAsync(batch, leaderOnly: true, isBrief: false, cancellation);
#endif

    public async ValueTask<ReadResult> ReadAsync(CancellationToken cancellation, bool isBrief = false)
    {
        ulong number = _callers.NextNumber();
        CoreAnswer answer = await _callers.Ask(number, () => Hand(new QueenInput.Read(number)), isBrief, cancellation);
        return answer.Code == QueenCode.Ok ? new ReadResult(QueenCode.Ok, _storage.Store.Snapshot()) : new ReadResult(answer.Code, null);
    }

    public async ValueTask<(QueenCode Code, long TimeToLiveSeconds)> RenewLeaseAsync(LeaseId lease, CancellationToken cancellation)
    {
        ulong number = _callers.NextNumber();
        CoreAnswer answer = await _callers.Ask(number, () => Hand(new QueenInput.Renew(number, lease)), isBrief: false, cancellation);
        return (answer.Code, answer.TimeToLiveSeconds);
    }

    public LogReading ReadLog(LogPosition after, long maxBytes) => AppliedLog.Read(_storage.Journal, _storage.Store.AppliedIndex, after, maxBytes);

    public async ValueTask<LeadershipScope> WaitForLeadershipAsync(CancellationToken cancellation) => await _leadership.WaitAsync(cancellation);

    public async ValueTask<QueenCode> TransferLeadershipAsync(MemberId target, CancellationToken cancellation)
    {
        ulong number = _callers.NextNumber();
        CoreAnswer answer = await _callers.Ask(number, () => Hand(new QueenInput.Transfer(number, target)), isBrief: false, cancellation);
        return answer.Code;
    }

    public async ValueTask<(QueenCode Code, MembershipOutcome Outcome)> ChangeMembershipAsync(MembershipChange change, CancellationToken cancellation)
    {
        long deadline = Environment.TickCount64 + (long)_options.Limits.RequestTimeout.TotalMilliseconds;
        while (true)
        {
            // One change at a time: what finds another under way, or nobody who leads, waits for its turn.
            var (code, outcome) = await ChangeAtLeaderAsync(change, cancellation);
            bool waits = code == QueenCode.NoLeader || outcome is MembershipOutcome.ChangePending or MembershipOutcome.NotLeader;
            if (!waits || Environment.TickCount64 >= deadline) return (code, outcome);
            await Task.Delay(_options.Limits.MembershipTurn, cancellation);
        }
    }

    private async ValueTask<(QueenCode Code, MembershipOutcome Outcome)> ChangeAtLeaderAsync(MembershipChange change, CancellationToken cancellation)
    {
        var (code, outcome) = await ChangeHereAsync(change, cancellation);
        if (outcome != MembershipOutcome.NotLeader) return (code, outcome);
        MemberId leader = _loop.View.Leader;
        return leader.IsNone || leader == _options.Self ? (QueenCode.NoLeader, outcome) : await _peers.CallAsync(leader, change, cancellation);
    }

    private async ValueTask<(QueenCode Code, MembershipOutcome Outcome)> ChangeHereAsync(MembershipChange change, CancellationToken cancellation)
    {
        ulong number = _callers.NextNumber();
        CoreAnswer answer = await _callers.Ask(number, () => Hand(new QueenInput.ChangeMembership(number, change)), isBrief: false, cancellation);
        return (answer.Code, answer.Membership);
    }

    /// <summary>
    /// Before a stop: another member takes the lead, and this one goes on as its follower, so that calls under way end well. Returns when it is
    /// done, or when nobody took over within <see cref="QueenLimits.HandOver"/>. Does nothing on a member that does not lead.
    /// </summary>
    public async Task HandOverAsync(CancellationToken cancellation = default)
    {
        LoopView view = _loop.View;
        if (view.Role != RaftRole.Leader || view.Membership.Voters.Length <= 1 || _stopping.IsCancellationRequested) return;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(_options.Limits.HandOver);
        try
        {
            await TransferLeadershipAsync(MemberId.None, patience.Token);
        }
        catch (OperationCanceledException)
        {
            _options.Log(QueenLogLevel.Warning, "no member took over in time: the others will notice that this one is gone");
        }
    }

    /// <summary>Stops gracefully: leadership is handed over first, so that nobody has to miss this member.</summary>
    public async Task StopAsync(CancellationToken cancellation = default)
    {
        await HandOverAsync(cancellation);
        await KillAsync();
    }

    /// <summary>Ends at once, as a crash would: nothing is handed over, nothing more is written.</summary>
    public Task KillAsync()
    {
        lock (_stopGate) return _stopped ??= EndAsync();
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private RaftOptions RaftOptions() => _storage.WithDamage(new RaftOptions
    {
        Self = _options.Self,
        Incarnation = _incarnation,
        ElectionTimeoutTicks = _options.Limits.ElectionTicks,
        HeartbeatTicks = _options.Limits.HeartbeatTicks,
        DiskStallTicks = _options.Limits.DiskStallTicks,
        LeaderPromise = _options.ReadsByLease ? _options.Limits.LeaderPromise : TimeSpan.Zero,
        // It may have read by lease before it was started again.
        LeaderPromiseBefore = _options.Limits.LeaderPromise,
        Limits = _options.RaftLimits,
    });

    private void Run()
    {
        _rehearsal = Task.Run(Rehearse);
        Start("hive-queen-journal", _journal.Run);
        Start("hive-queen-apply", _apply.Run);
        Start("hive-queen-watch", _watches.Run);
        Start("hive-queen-loop", _loop.Run);
        _publication = Publication.RunAsync(this, _options, _stopping.Token);
    }

    private void Start(string name, Action body)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _threads.Add(ended.Task);
        var thread = new Thread(() =>
        {
            try
            {
                body();
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                _options.Log(QueenLogLevel.Information, $"{name} was interrupted by the stop");
            }
            catch (Exception error)
            {
                Fail(error);
            }
            finally
            {
                ended.SetResult();
            }
        })
        {
            Name = name,
            IsBackground = true,
        };
        thread.Start();
    }

    private async ValueTask<ProposalResult> ProposeAsync(Command command, bool leaderOnly, bool isBrief, CancellationToken cancellation)
    {
        if (command.Grows && _space.IsLow)
        {
            KeyValueStore store = _storage.Store;
            return new ProposalResult(QueenCode.Ok, new ApplyResult(store.AppliedIndex, store.AppliedTerm, store.Revision, StoreError.NoSpace, null));
        }
        ulong number = _callers.NextNumber();
        var payload = new ArrayBufferWriter<byte>(256);
        new ProposalHeader(_options.Self, _incarnation, number).Write(payload);
        CommandCodec.Encode(command, payload);
        if (payload.WrittenCount > _options.Limits.CommandBytes) return new ProposalResult(QueenCode.TooLarge, null);
        Metrics.BeginProposal();
        QueenCode code = QueenCode.TimedOut;
        try
        {
            CoreAnswer answer = await _callers.Ask(
                number, () => Hand(new QueenInput.Propose(number, payload.WrittenMemory, leaderOnly)), isBrief, cancellation);
            code = answer.Code;
            return new ProposalResult(answer.Code, answer.Applied);
        }
        finally
        {
            Metrics.EndProposal(code);
        }
    }

    private ImmutableArray<QueenMember> Describe(Raft.Membership membership)
    {
        (Raft.Membership of, ImmutableArray<QueenMember> members) = _described;
        if (ReferenceEquals(of, membership)) return members;
        members = MemberAttributes.Describe(membership);
        _described = (membership, members);
        return members;
    }

    /// <summary>It is no part of what a member must do: what goes wrong in it is said, and hurts nobody.</summary>
    private void Rehearse()
    {
        try
        {
            Rehearsal.ElectionRehearsal.PlayOnce(_options.Limits);
        }
        catch (Exception failed)
        {
            _options.Log(QueenLogLevel.Warning, $"the rehearsal of an election failed, which is a mistake in Hive: {failed}");
        }
    }

    private SnapshotInfo? FileOf(InstallSnapshot order)
    {
        var wanted = new LogPosition(order.Snapshot.Index, order.Snapshot.Term);
        if (_snapshots.Newest is { } newest && newest.Position == wanted) return newest;
        return _storage.Snapshots.Find(wanted);
    }

    // A peer may call before the loop is made: what it says then is lost, as a message may be.
    private void Report(QueenInput input) => _loop?.Put(input);

    private void Add(QueenInput input) => _loop?.Add(input);

    private void TakeTurns(TurnTaker taker) => _loop?.TakeTurns(taker);

    /// <summary>
    /// An input of a caller. Few take the turn themselves, which spares them the wait for another thread; of many, the loop's own thread takes together
    /// what they bring together.
    /// </summary>
    private bool Hand(QueenInput input)
    {
        if (_callers.Count > _options.Limits.CallersInTurn) return _loop.Put(input);
        if (!_loop.Add(input)) return false;
        _loop.TakeTurns(TurnTaker.Caller);
        return true;
    }

    /// <summary>This member cannot go on: it stops, so that the others take over from a member that is gone rather than one that is half there.</summary>
    private void Fail(Exception error)
    {
        if (_stopping.IsCancellationRequested && error is OperationCanceledException) return;
        if (Interlocked.Exchange(ref _failed, 1) != 0) return;
        _options.Log(QueenLogLevel.Error, $"this member cannot go on: {error}");
        _ = Task.Run(async () =>
        {
            await KillAsync();
            _options.Failed(error);
        });
    }

    private async Task EndAsync()
    {
        await _stopping.CancelAsync();
        _loop.Close();
        _journal.Close();
        _apply.Close();
        _watches.Close();
        await Task.WhenAll(_threads);
        _leadership.Dispose();
        await _peers.DisposeAsync();
        await _snapshots.Running;
        _callers.Stop();
        await _publication;
        await _rehearsal;
        _storage.Dispose();
        _stopping.Dispose();
    }
}
