using Hive.Journal;
using Hive.Queen;
using Hive.Queen.Core;
using Hive.Queen.Storage;
using Hive.Raft;
using Hive.Simulation.World;
using Hive.Store;

namespace Hive.Simulation.Machines;

/// <summary>What a member needs of the world round it.</summary>
internal sealed record MemberWorld(
    Timeline Timeline, Trace Trace, Action<RaftMessage> Send, IMemberWatcher Watcher, QueenLimits Limits, JournalLimits JournalLimits,
    RaftLimits RaftLimits, Mutant Mutant);

/// <summary>Sees all that a member does; changes nothing.</summary>
internal interface IMemberWatcher
{
    void Started(SimMember member);
    void Crashed(SimMember member);
    void Ready(SimMember member, Ready ready);
    void Applied(SimMember member, Entry entry, ProposalHeader header, ReadOnlyMemory<byte> command, ApplyResult result);
    void Installed(SimMember member, LogIndex index);
}

/// <summary>
/// One simulated machine with a queen on it: production storage, journal, store, consensus and queen core on a simulated disk and clock. This class
/// is the twin of the queen's shell: the same orders in the same order, with simulated time in between instead of threads.
/// </summary>
internal sealed class SimMember : IFaultPoints
{
    private static readonly TimeSpan LongestHeldUp = TimeSpan.FromMilliseconds(400);

    private readonly MemberWorld _world;
    private readonly Membership _genesis;
    private readonly SimRandom _random;
    private readonly Action _wake;
    private List<QueenInput> _inbox = [];
    private List<QueenInput> _turn = [];
    private readonly Dictionary<ulong, Action<CoreAnswer>> _callers = [];
    private readonly HashSet<(int Life, LeaseId)> _revoked = [];
    private QueenStorage? _storage;
    private JournalPart? _journal;
    private ApplyPart? _apply;
    private SnapshotPart? _snapshots;
    private TimeSpan _nextTick;
    private TimeSpan _pausedUntil;
    private bool _wakePlanned;
    private bool _inTurn;
    private bool _repairOrdered;
    private bool _everLed;
    private ulong _lastNumber;

    public SimMember(MemberWorld world, MemberId id, Membership genesis, SimRandom random, int clockPerMille)
    {
        (_world, Id, _genesis, Membership, _random) = (world, id, genesis, genesis, random);
        Disk = new SimDisk(random.Fork()) { Mutant = world.Mutant };
        Clock = new MemberClock(world.Timeline, clockPerMille);
        _wake = Wake;
    }

    public MemberId Id { get; }
    public SimDisk Disk { get; }
    public MemberClock Clock { get; }
    public bool IsUp { get; private set; }

    /// <summary>It was removed from the group or cannot start any more: it stays down.</summary>
    public bool IsRetired { get; set; }

    /// <summary>Why it could not start.</summary>
    public string? BrokenBecause { get; private set; }

    /// <summary>Counts starts: what was planned in an earlier life does not happen.</summary>
    public int Life { get; private set; }

    public ulong Incarnation { get; private set; }
    public QueenCore? Core { get; private set; }
    public KeyValueStore? Store => _storage?.Store;
    /// <summary>The membership that it acts on, or acted on when it went down.</summary>
    public Membership Membership { get; private set; }

    public bool HasDamage => _storage?.Journal.Damage is not null;

    /// <summary>What of its journal is damaged, for people.</summary>
    public string Damage => _storage?.Journal.Damage is { } damage ? $" damaged {damage.From}-{damage.To} ({damage.Where})" : "";

    /// <summary>Whether the journal (or a snapshot that took its place) holds the entry.</summary>
    public bool HoldsDurably(Entry entry) =>
        entry.Index <= _storage!.Journal.LogStart.Index || _storage.Journal.TermAt(entry.Index) == entry.Term;

    /// <summary>Latency of one write and sync.</summary>
    public (TimeSpan Shortest, TimeSpan Longest) DiskLatency { get; set; } = (TimeSpan.FromMicroseconds(80), TimeSpan.FromMicroseconds(800));

    /// <summary>Crashes at production's named fault points, so many times in a thousand.</summary>
    public int CrashPointsPerMille { get; set; }

    /// <summary>Whether it reads by lease (<see cref="QueenOptions.ReadsByLease"/>); with some only, each start draws anew.</summary>
    public Leases Leases { get; init; }

    /// <summary>Stands still in the middle of a turn, between its look at the clock and what it does by it, once in so many turns; zero: never.</summary>
    public int HeldUpOnceIn { get; set; }

    public bool IsLeader => IsUp && Core!.Raft.Role == RaftRole.Leader;

    public void Start()
    {
        if (IsUp || IsRetired) return;
        Life++;
        Clock.Restart();
        Incarnation = _random.Next() | 1;
        IsUp = true;
        Guarded(Open);
        if (!IsUp) return;
        _world.Trace.Event("start", Id.Value, Core!.Raft.Term.Value, Core.Raft.LastIndex.Value);
        _world.Watcher.Started(this);
        Guarded(() => PlanTick(Life));
    }

    /// <summary>Power fails.</summary>
    public void Crash()
    {
        if (!IsUp) return;
        _world.Trace.Event("crash", Id.Value, (ulong)Life, 0);
        Life++;
        IsUp = false;
        _storage?.Dispose();
        (_storage, Core, _journal, _apply, _snapshots) = (null, null, null, null, null);
        _inbox.Clear();
        _callers.Clear();
        _turn.Clear();
        (_wakePlanned, _inTurn) = (false, false);
        _pausedUntil = default;
        Disk.Crash();
        _world.Watcher.Crashed(this);
    }

    /// <summary>The process stands still; time goes on without it.</summary>
    public void Pause(TimeSpan length) => _pausedUntil = _world.Timeline.Now + length;

    public void Put(QueenInput input)
    {
        if (!IsUp) return;
        _inbox.Add(input);
        PlanWake();
    }

    public void Receive(RaftMessage message) => Put(new QueenInput.Message(message));

    /// <summary>Carries out <paramref name="act"/> in this life of the member, after a delay.</summary>
    public void Later(TimeSpan delay, Action act)
    {
        int life = Life;
        _world.Timeline.After(delay, () => RunWhenAwake(life, act));
    }

    /// <summary>A client's request; the answer may never come.</summary>
    public void Ask(Func<ulong, QueenInput> request, Action<CoreAnswer> answered)
    {
        ulong number = ++_lastNumber;
        _callers.Add(number, answered);
        Put(request(number));
    }

    /// <summary>A command with its header, as a proposal of this member.</summary>
    public void Propose(Command command, Action<CoreAnswer> answered) => Ask(number =>
    {
        var payload = new System.Buffers.ArrayBufferWriter<byte>(256);
        new ProposalHeader(Id, Incarnation, number).Write(payload);
        CommandCodec.Encode(command, payload);
        return new QueenInput.Propose(number, payload.WrittenMemory, false);
    }, answered);

    /// <summary>The number that the next request will carry.</summary>
    public ulong NextNumber => _lastNumber + 1;

    public List<byte[]>? ReadSnapshot(InstallSnapshot install) => _snapshots?.Read(install);

    public bool ReceiveSnapshot(InstallSnapshot install, List<byte[]> chunks)
    {
        bool written = false;
        Guarded(() => written = _snapshots!.Receive(install, chunks));
        return written;
    }

    public TimeSpan DrawDiskLatency() => _random.Between(DiskLatency.Shortest, DiskLatency.Longest);

    public void Send(RaftMessage message) => _world.Send(message);

    public MemberWorld World => _world;

    public SimRandom Random => _random;

    void IFaultPoints.Reach(string point)
    {
        if (_random.PerMille(CrashPointsPerMille)) throw new SimulatedCrash(point);
    }

    private void Open()
    {
        var options = new QueenOptions
        {
            Disk = Disk,
            Cluster = new ClusterId(0x51),
            Self = Id,
            Limits = _world.Limits,
            JournalLimits = _world.JournalLimits,
            Faults = this,
            Log = (_, line) => _world.Trace.Note(Id.Value, line),
        };
        try
        {
            _storage = QueenStorage.Open(options, _genesis);
        }
        catch (QueenStartException refused)
        {
            Refuse(refused);
            return;
        }
        _storage.Store.Mutant = Mutations.InStore(_world.Mutant);
        var log = new LogView(_storage.Journal, _storage.Metadata);
        var hard = Mutations.HardStateAtStart(_world.Mutant, new Raft.HardState(_storage.Journal.HardState.Term, _storage.Journal.HardState.Vote));
        bool readsByLease = Leases == Leases.Everywhere || (Leases == Leases.Some && _random.OneIn(2));
        var raftOptions = new RaftOptions
        {
            Self = Id,
            Incarnation = Incarnation,
            ElectionTimeoutTicks = _world.Limits.ElectionTicks,
            HeartbeatTicks = _world.Limits.HeartbeatTicks,
            DiskStallTicks = _world.Limits.DiskStallTicks,
            Limits = _world.RaftLimits,
            LeaderPromise = readsByLease ? _world.Limits.LeaderPromise : TimeSpan.Zero,
            LeaderPromiseBefore = _world.Limits.LeaderPromise,
            Mutant = Mutations.InConsensus(_world.Mutant),
        };
        var jitter = new SeededJitter(_random.Next());
        if (_world.Mutant != Mutant.VoteAfterLosingLog) raftOptions = _storage.WithDamage(raftOptions);
        var raft = new RaftNode(raftOptions, hard, log, jitter);
        Core = new QueenCore(raft, log, _world.Limits, Incarnation, _storage.Store.NextDeadline, jitter);
        Membership = raft.Membership;
        Core.Observe(Clock.Read());
        Core.Start();
        _journal = new JournalPart(this, _storage.Journal);
        _apply = new ApplyPart(this, _storage);
        _snapshots = new SnapshotPart(this, _storage.Snapshots);
        _repairOrdered = false;
        _everLed = false;
        _nextTick = default;
    }

    private void Refuse(QueenStartException refused)
    {
        BrokenBecause = refused.Message;
        IsUp = false;
        IsRetired = !refused.IsForNow;
        _world.Trace.Event("cannot-start", Id.Value, 0, 0);
    }

    /// <summary>Ticks until this life ends; one delegate for all of them, for they are a third of all events.</summary>
    private void PlanTick(int life)
    {
        var timeline = _world.Timeline;
        var delay = Clock.ToReal(_world.Limits.Tick);
        void Tick()
        {
            if (life != Life || !IsUp) return;
            if (timeline.Now < _pausedUntil)
            {
                timeline.After(_pausedUntil - timeline.Now, Tick);
                return;
            }
            Guarded(_wake);
            if (Life == life) timeline.After(delay, Tick);
        }
        timeline.After(delay, Tick);
    }

    private void PlanWake()
    {
        if (_wakePlanned) return;
        _wakePlanned = true;
        Later(TimeSpan.FromMicroseconds(_random.Between(2, 60)), _wake);
    }

    private void RunWhenAwake(int life, Action act)
    {
        if (life != Life || !IsUp) return;
        var now = _world.Timeline.Now;
        if (now < _pausedUntil) _world.Timeline.After(_pausedUntil - now, () => RunWhenAwake(life, act));
        else Guarded(act);
    }

    private void Guarded(Action act)
    {
        try
        {
            act();
        }
        catch (SimulatedCrash point)
        {
            _world.Trace.Note(Id.Value, $"crash at {point.Message}");
            Crash();
        }
    }

    private void Wake()
    {
        _wakePlanned = false;
        if (_inTurn) FinishTurn();
        (_inbox, _turn) = (_turn, _inbox);
        Core!.Observe(Clock.Read());
        _inTurn = true;
        if (HeldUpOnceIn > 0 && _random.OneIn(HeldUpOnceIn))
        {
            Pause(_random.Between(TimeSpan.FromMilliseconds(20), LongestHeldUp));
            PlanWake();
        }
        else
        {
            FinishTurn();
        }
    }

    /// <summary>What comes behind the look at the clock; the process may have stood still in between.</summary>
    private void FinishTurn()
    {
        _inTurn = false;
        var core = Core!;
        foreach (var input in _turn) core.Take(input);
        _turn.Clear();
        PassTime(core);
        if (_world.Mutant == Mutant.DeposedLeaderRevokesLeases) RevokeWhatSeemsOver(core);
        while (core.TakeReady() is { } ready) CarryOut(ready);
        OrderRepairMark(core);
    }

    /// <summary>A known bug: leases end by a leader's order instead of by the log's time, and one that was deposed goes on giving it.</summary>
    private void RevokeWhatSeemsOver(QueenCore core)
    {
        _everLed |= IsLeader;
        if (!_everLed) return;
        var state = Store!.Snapshot();
        foreach (var lease in state.Leases())
        {
            if (state.FindLease(lease) is not { } view || core.Raft.Now.Log < view.Deadline || !_revoked.Add((Life, lease))) continue;
            ulong number = ++_lastNumber;
            var payload = new System.Buffers.ArrayBufferWriter<byte>();
            new ProposalHeader(Id, Incarnation, number).Write(payload);
            CommandCodec.Encode(new LeaseRevokeCommand(lease), payload);
            core.Take(new QueenInput.Propose(number, payload.WrittenMemory, false));
        }
    }

    private void PassTime(QueenCore core)
    {
        var now = Clock.Monotonic;
        for (int ticks = 0; _nextTick <= now; ticks++)
        {
            if (ticks == _world.Limits.TicksAtOnce)
            {
                _nextTick = now + _world.Limits.Tick;
                return;
            }
            core.Tick();
            _nextTick += _world.Limits.Tick;
        }
    }

    private void CarryOut(CoreReady ready)
    {
        if (ready.Raft is { } raft) CarryOut(raft);
        if (ready.CompactThrough is { } through) _journal!.Compact(through);
        if (ready.CaptureState) _apply!.Put(new ApplyPart.Order(Capture: true));
        if (ready.WriteSnapshot is { } metadata) _snapshots!.Write(metadata, _apply!.TakeCaptured());
        foreach (var answer in ready.Answers)
            if (_callers.Remove(answer.Number, out var answered)) answered(answer);
    }

    private void CarryOut(Ready ready)
    {
        if (ready.Membership is { } membership) Membership = membership;
        _world.Watcher.Ready(this, ready);
        foreach (var message in ready.SendNow) Send(message);
        var received = ready.Snapshot is { } snapshot ? _snapshots!.TakeReceived(snapshot) : null;
        if (ready.Ticket is not null) _journal!.Put(ready, received);
        if (received is not null) _apply!.Put(new ApplyPart.Order(Install: received));
        if (!ready.Committed.IsEmpty) _apply!.Put(new ApplyPart.Order(Entries: ready.Committed));
    }

    private void OrderRepairMark(QueenCore core)
    {
        if (_repairOrdered || _storage!.Journal.Damage is null) return;
        if (!core.Raft.IsWhole) return;
        _repairOrdered = true;
        _journal!.MarkRepaired();
    }
}
