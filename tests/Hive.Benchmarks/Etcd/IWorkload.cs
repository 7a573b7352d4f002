namespace Hive.Benchmarks.Etcd;

/// <summary>How long a run takes.</summary>
/// <param name="WarmUp">Load before anything is counted: connections open, caches fill, a paused machine wakes.</param>
/// <param name="Measured">What is counted.</param>
internal sealed record RunTime(TimeSpan WarmUp, TimeSpan Measured);

/// <summary>One kind of load. To add one: a file in <c>Workloads/</c>, and its line in <see cref="WorkloadCatalog"/>.</summary>
internal interface IWorkload
{
    /// <summary>Unique; <c>--only</c> selects by parts of it.</summary>
    string Name { get; }

    IReadOnlyList<Goal> Goals { get; }

    /// <summary>Rounds at most, whatever was asked for: some take long.</summary>
    int Rounds => int.MaxValue;

    /// <summary>Makes the cluster ready, and warms it; not counted. By default that is one run.</summary>
    Task PrepareAsync(Target target, RunTime time, CancellationToken cancellation) => RunAsync(target, time, cancellation);

    /// <summary>Runs once against a cluster that serves and holds the keys of <see cref="KeySpace"/>.</summary>
    Task<RunResult> RunAsync(Target target, RunTime time, CancellationToken cancellation);
}
