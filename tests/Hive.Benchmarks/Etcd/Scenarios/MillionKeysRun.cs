using System.Diagnostics;

namespace Hive.Benchmarks.Etcd.Scenarios;

/// <summary>What a million keys cost: memory of the members, and the time from killed to serving.</summary>
internal static class MillionKeysRun
{
    public static async Task<IReadOnlyList<Figure>> RunAsync(Cluster cluster, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        await MillionKeys.FillAsync(cluster, cancellation);
        var filled = Stopwatch.GetElapsedTime(began);
        if (cluster.Members is not { } members) return [new("seconds to write them, 50 in a transaction", filled.TotalSeconds, "s")];
        var (_, full) = members.Usage();
        var restart = await members.RestartAsync(cancellation);
        var (_, restarted) = members.Usage();
        return
        [
            new("resident memory, all members, after writing", full >> 20, "MiB"),
            new("resident memory, all members, after restart", restarted >> 20, "MiB"),
            new("restart of all members until all serve", restart.TotalSeconds, "s"),
            new("writing them, 50 in a transaction", filled.TotalSeconds, "s"),
        ];
    }
}
