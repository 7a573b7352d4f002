using Hive.Jepsen.Checkers;
using Hive.Jepsen.Clients;
using Hive.Jepsen.Histories;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Workloads;

/// <summary>What one step of a workload came to; becomes an operation of the history.</summary>
public sealed record Done(Action Action, Outcome Outcome, long Revision, string Error);

/// <summary>An operation that is chosen but not yet sent.</summary>
public sealed record Step(string Key, Func<MemberClient, CancellationToken, Task<Done>> RunAsync);

/// <summary>Generates operations by seed and judges what came of them. Threads may ask for steps at once.</summary>
public interface IWorkload
{
    /// <summary>Chooses the next operation of a worker.</summary>
    Step Next(Random random);

    /// <summary>What every member is asked once all faults are healed.</summary>
    IEnumerable<Step> Final();

    Verdict Check(IEnumerable<Operation> history);
}

/// <summary>The workloads by their names on the command line.</summary>
public static class WorkloadCatalog
{
    public static readonly IReadOnlyList<string> Names = ["register", "cas", "append", "set"];

    public static IWorkload Create(string name) => name switch
    {
        "register" => new RegisterWorkload(comparing: false),
        "cas" => new RegisterWorkload(comparing: true),
        "append" => new AppendWorkload(),
        "set" => new SetWorkload(),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such workload"),
    };
}
