namespace Hive.Benchmarks.Etcd.Workloads;

/// <summary>What a million keys cost: memory of the members, and the time from killed to serving.</summary>
internal sealed class RestartOfMillion : IWorkload
{
    private static readonly Measure Full = new("memory of all members", "MiB", 0), Restarted = new("after restart", "MiB", 0);
    private static readonly Measure Restart = new("restart of all members until all serve", "s");

    public string Name => "1,000,000 keys: memory, restart";
    public int Rounds => 2;

    public IReadOnlyList<Goal> Goals { get; } = [Goal.RatioAtMost(Full, 1), Goal.RatioAtMost(Restarted, 1), Goal.RatioAtMost(Restart, 0.5)];

    public Task PrepareAsync(Target target, RunTime time, CancellationToken cancellation) => MillionKeys.FillAsync(target, cancellation);

    public async Task<RunResult> RunAsync(Target target, RunTime time, CancellationToken cancellation)
    {
        if (target.Members is not { } members) return [];
        var full = target.MemoryMebibytes ?? double.NaN;
        var restart = await members.RestartAsync(cancellation);
        return new RunResult { { Full, full }, { Restart, restart.TotalSeconds }, { Restarted, target.MemoryMebibytes ?? double.NaN } };
    }
}
