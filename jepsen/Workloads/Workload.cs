using Hive.Jepsen.Checkers;
using Hive.Jepsen.Clients;
using Hive.Jepsen.Histories;
using Hive.Jepsen.Members;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Workloads;

/// <summary>What one step of a workload came to; becomes an operation of the history.</summary>
public sealed record Done(Action Action, Outcome Outcome, long Revision, string Error);

/// <summary>An operation that is chosen but not yet sent.</summary>
public sealed record Step(string Key, Func<MemberClient, CancellationToken, Task<Done>> RunAsync);

/// <summary>Someone who looks on through one member, from before the first operation until it has seen the last.</summary>
/// <param name="Member">Through which.</param>
/// <param name="RunAsync">Ends by itself when it has seen the end; what it saw it gives to the recorder.</param>
public sealed record Observer(int Member, Func<MemberClient, Recorder, CancellationToken, Task> RunAsync);

/// <summary>Generates operations by seed and judges what came of them. Threads may ask for steps at once.</summary>
public interface IWorkload
{
    /// <summary>What the cluster needs beside its queens.</summary>
    MemberNeeds Needs => MemberNeeds.None;

    /// <summary>Made once, through some member, before anything else.</summary>
    Task PrepareAsync(Cluster cluster, MemberClient client, CancellationToken cancellation) => Task.CompletedTask;

    IEnumerable<Observer> Observers(int members, int seed) => [];

    /// <summary>Chooses the next operation of a worker.</summary>
    Step Next(Random random);

    /// <summary>What every member is asked once all faults are healed.</summary>
    IEnumerable<Step> Final();

    Verdict Check(IEnumerable<Operation> history);
}

/// <summary>The workloads by their names on the command line. A workload is added by one file and one line here.</summary>
public static class WorkloadCatalog
{
    /// <summary>The one that runs pods.</summary>
    public const string WithDrones = "deployments";

    private static readonly SortedDictionary<string, Func<Recorder, IWorkload>> Makers = new(StringComparer.Ordinal)
    {
        ["register"] = _ => new RegisterWorkload(comparing: false),
        ["cas"] = _ => new RegisterWorkload(comparing: true),
        ["append"] = _ => new AppendWorkload(),
        ["set"] = _ => new SetWorkload(),
        ["counter"] = _ => new CounterWorkload(),
        ["watch"] = _ => new WatchWorkload(),
        ["lease"] = _ => new LeaseWorkload(),
        ["lock"] = clock => new LockWorkload(clock),
        [WithDrones] = _ => new DeploymentsWorkload(),
        ["objects"] = _ => new ObjectsWorkload(),
    };

    public static IReadOnlyList<string> Names => [.. Makers.Keys];

    public static IWorkload Create(string name, Recorder clock) => Makers[name](clock);
}
