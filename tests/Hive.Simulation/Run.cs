using Hive.Queen.Core;
using Hive.Raft;
using Hive.Simulation.Checkers;
using Hive.Simulation.Clients;
using Hive.Simulation.Machines;
using Hive.Simulation.World;
using Hive.Store;

namespace Hive.Simulation;

/// <summary>What to run.</summary>
/// <param name="Without">Faults to leave out (shrinking).</param>
/// <param name="Length">Length of the safety phase; null: the seed's choice.</param>
internal sealed record RunOptions(ulong Seed, Mutant Mutant = Mutant.None, Faults Without = Faults.None, TimeSpan? Length = null, TextWriter? Trace = null);

/// <summary>What came of a run.</summary>
internal sealed record RunResult(
    RunOptions Options, Plan Plan, string? Broken, string? Detail, ulong Digest, TimeSpan Simulated, long Steps, int Committed, int Elections, int Strikes,
    long Writes, long Reads, long WatchEvents, long Locks)
{
    /// <summary>What <see cref="Broken"/> says when production code threw anything but a broken invariant: a real process would have ended there.</summary>
    public const string Crashed = "crash";

    public ulong Seed => Options.Seed;
}

/// <summary>One run of one seed: a safety phase under faults, then a healed phase in which progress must come back.</summary>
internal sealed class Run
{
    /// <summary>Progress must be back so long after healing; and when nobody writes any more, all must agree so soon.</summary>
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(12);

    /// <summary>Machines of removed members are switched off so long after healing.</summary>
    private static readonly TimeSpan Retirement = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private readonly RunOptions _options;
    private readonly Timeline _timeline = new();
    private readonly Trace _trace;
    private readonly Plan _plan;
    private readonly KeyModel _model = new();
    private readonly CommittedLog _committed;
    private readonly HistoryChecker _history;
    private readonly LockChecker _locks;
    private readonly LeaseModel _leases = new();
    private readonly Cluster _cluster;
    private readonly Nemesis _nemesis;
    private readonly List<RegisterClient> _registers = [];
    private readonly List<LockClient> _lockers = [];
    private SuspiciousReader? _suspicious;
    private readonly List<WatchClient> _watches = [];

    private Run(RunOptions options)
    {
        _options = options;
        var random = new SimRandom(options.Seed);
        _trace = new Trace(_timeline, options.Trace);
        _plan = Plan.Draw(random.Fork(), options.Without, options.Length);
        _committed = new CommittedLog(_model);
        _history = new HistoryChecker(_committed, _model);
        _locks = new LockChecker(_timeline);
        _committed.Committed += OnCommitted;
        _cluster = new Cluster(_timeline, _trace, random.Fork(), _plan, options.Mutant, _committed);
        _nemesis = new Nemesis(_timeline, _trace, random.Fork(), _plan, _cluster);
        AddClients(random.Fork());
    }

    /// <summary>Runs a seed; a broken promise is in the result, with the broken invariants of production code among them.</summary>
    public static RunResult Execute(RunOptions options)
    {
        Run? run = null;
        try
        {
            run = new Run(options);
            run.Go();
            return run.Result(null, null);
        }
        catch (Violation violation)
        {
            return run!.Result(violation.Promise, violation.Message);
        }
        catch (InvariantViolation violation) when (run is not null)
        {
            return run.Result("invariant", $"{violation.Message}\n{violation.StackTrace}");
        }
        catch (Exception error) when (run is not null)
        {
            // Whatever production code throws here would have ended a real process.
            return run.Result(RunResult.Crashed, error.ToString());
        }
    }

    private void Go()
    {
        foreach (var client in _registers) client.Start();
        foreach (var client in _lockers) client.Start();
        foreach (var client in _watches) client.Start();
        _nemesis.Start();
        _timeline.RunUntil(_plan.Length);
        _nemesis.Heal();
        RetireRemoved();
        RunUntil(Recovery, () => _timeline.Now > _plan.Length + Retirement && HasProgress && HasAgreement);
        CheckProgress();
        foreach (var client in _registers) client.Stopped = true;
        foreach (var client in _lockers) client.Stopped = true;
        _suspicious!.Stopped = true;
        RunUntil(Quiet, () => HasAgreement);
        CheckAgreement();
        if (!CanRecover() || _cluster.Members.FirstOrDefault(m => m.IsUp && m.Store!.AppliedIndex == _committed.LastIndex) is not { } complete) return;
        foreach (var client in _watches) client.CheckComplete(complete);
    }

    /// <summary>Goes on until what is waited for has come, and no longer than allowed.</summary>
    private void RunUntil(TimeSpan longest, Func<bool> arrived)
    {
        var end = _timeline.Now + longest;
        do _timeline.RunUntil(_timeline.Now + Look);
        while (_timeline.Now < end && !arrived());
    }

    private bool HasProgress => _registers.All(c => c.LastSuccessBegan > _plan.Length);

    private bool HasAgreement =>
        _cluster.CommittedMembership() is { IsJoint: false } membership && membership.Members.All(m =>
            _cluster.Find(m.Id) is { IsUp: true, HasDamage: false } machine && machine.Store!.AppliedIndex == _committed.LastIndex);

    private void AddClients(SimRandom random)
    {
        var world = new ClientWorld(_timeline, _trace, PickMember, _committed, _model, _history, _locks, _options.Mutant);
        for (int i = 0; i < _plan.Clients; i++) _registers.Add(new RegisterClient(world, random.Fork(), $"c{i}", _plan.Keys, _plan.Think));
        _suspicious = new SuspiciousReader(world, random.Fork(), _plan.Keys);
        _cluster.CameUp += _suspicious.Started;
        _cluster.Elected += leader => _suspicious.Elected(leader, _cluster.Members);
        for (int i = 0; i < 2; i++) _lockers.Add(new LockClient(world, random.Fork(), $"l{i}"));
        for (int i = 0; i < 2; i++) _watches.Add(new WatchClient(world, random.Fork(), $"w{i}"));
    }

    private SimMember? PickMember(SimRandom random)
    {
        // Among those that are up: after much churn nearly all that ever were are switched off, and clients would starve by asking them.
        SimMember[] serving = [.. _cluster.Members.Where(m => m.IsUp && m.Core!.Raft.Membership.Find(m.Id) is not null)];
        return serving.Length == 0 ? null : random.Pick(serving);
    }

    private void OnCommitted(Entry entry, Command? command, ApplyResult result)
    {
        _leases.Apply(entry, command, result);
        if (command is MutateCommand { Operation: TxnOperation { Success: [PutOperation put] } } && put.Key.Span.SequenceEqual(LockClient.LockKey)
            && result.Result is TxnResult { Succeeded: true }) _locks.Created(KeyModel.Text(put.Value));
    }

    /// <summary>Machines of members that were removed are switched off, as their owners would.</summary>
    private void RetireRemoved() => _timeline.After(Retirement, () =>
    {
        var membership = _cluster.CommittedMembership();
        if (membership.IsJoint) return;
        foreach (var member in _cluster.Members)
        {
            if (membership.Find(member.Id) is not null) continue;
            member.Crash();
            member.IsRetired = true;
        }
    });

    private void CheckProgress()
    {
        if (!CanRecover()) return;
        foreach (var client in _registers)
            Violation.Unless(client.LastSuccessBegan > _plan.Length, "progress-after-healing", () => $"a client's last success began at {client.LastSuccessBegan}, healed at {_plan.Length}\n{Describe()}");
    }

    private void CheckAgreement()
    {
        if (!CanRecover()) return;
        var membership = _cluster.CommittedMembership();
        foreach (var member in membership.Members)
        {
            var machine = _cluster.Find(member.Id)!;
            if (machine.IsRetired) continue;
            bool caughtUp = machine.IsUp && machine.Store!.AppliedIndex == _committed.LastIndex;
            Violation.Unless(caughtUp, "everyone-catches-up", () => $"member {member.Id} is at {machine.Store?.AppliedIndex}, the log ends at {_committed.LastIndex}\n{Describe()}");
            Violation.Unless(!machine.HasDamage, "damage-is-repaired", () => $"member {member.Id} still reports damage");
        }
    }

    /// <summary>Machines that cannot start any more (their snapshots rotted away) are for people to replace; enough must be left to expect progress.</summary>
    private bool CanRecover()
    {
        var membership = _cluster.CommittedMembership();
        bool Works(MemberId id) => _cluster.Find(id) is { IsRetired: false };
        return membership.Quorum.Tally(id => Works(id)) == VoteOutcome.Won;
    }

    private string Describe() => string.Join('\n', _cluster.Members.Select(m => m.Core is not { } core ? $"{m.Id}: down {m.BrokenBecause}" :
        $"{m.Id}: {core.Raft.Role} term {core.Raft.Term} leader {core.Raft.Leader} last {core.Raft.LastIndex} persisted {core.Raft.PersistedIndex} " +
        $"commit {core.Raft.CommitIndex} applied {m.Store!.AppliedIndex} {core.Raft.Membership}{(core.Raft.VotesWithheld ? " votes withheld" : "")}{m.Damage} [{string.Join(' ', core.Raft.Peers)}]"));

    private RunResult Result(string? broken, string? detail) => new(
        _options with { Trace = null }, _plan, broken, detail, _trace.Digest, _timeline.Now, _timeline.Steps, (int)_committed.LastIndex.Value, _cluster.Elections, _nemesis.Strikes,
        _history.Writes, _history.Reads, _watches.Sum(w => w.Events), _locks.Acquisitions);
}
