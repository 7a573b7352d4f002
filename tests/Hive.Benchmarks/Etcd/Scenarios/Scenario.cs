namespace Hive.Benchmarks.Etcd.Scenarios;

/// <summary>One thing that was measured.</summary>
/// <param name="Unit">As printed.</param>
internal readonly record struct Figure(string Name, double Value, string Unit);

/// <summary>A cluster under test, with its processes where this program started them.</summary>
internal sealed record Cluster(Target Target, LocalMembers? Members)
{
    /// <summary>What earlier scenarios left in it, by name.</summary>
    public HashSet<string> Prepared { get; } = [];
}

/// <summary>A workload that is more than one call over and over. Shows figures of its own; the first one is held against the goal.</summary>
/// <param name="Goal">What this project aims at, in words.</param>
/// <param name="Rounds">Rounds at most, whatever is asked for: some take long.</param>
/// <param name="Run">Must leave the cluster serving.</param>
internal sealed record Scenario(string Name, string Goal, int Rounds, Func<Cluster, CancellationToken, Task<IReadOnlyList<Figure>>> Run)
{
    /// <summary>In the order in which they must run: each finds the keys of those before it.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("slow client: 1,000 watches, never read", "others unaffected, memory bounded", 2, SlowWatcherRun.RunAsync),
        new("1,000,000 keys", "memory at most 1 x, restart at most 0.5 x", 1, MillionKeysRun.RunAsync),
        new("1,000,000 keys: range of 100,000 by 10 clients during writes", "put p99 at most doubles, memory bounded", 3, LargeRangeRun.RunAsync),
        new("1,000,000 keys: compaction of 90 % of history", "put p99 at most doubles", 1, CompactionRun.RunAsync),
        new("100,000 leases kept alive", "at most 0.5 x processor time", 2, LeaseRun.RunAsync),
    ];

    /// <summary>Runs the rounds, in turn, and prints medians and ratios.</summary>
    public async Task CompareAsync(IReadOnlyList<Cluster> clusters, int rounds, CancellationToken cancellation)
    {
        var results = clusters.Select(_ => new List<IReadOnlyList<Figure>>()).ToList();
        for (var round = 0; round < Math.Min(rounds, Rounds); round++)
        {
            for (var turn = 0; turn < clusters.Count; turn++)
            {
                var which = (round + turn) % clusters.Count;
                results[which].Add(await Run(clusters[which], cancellation));
            }
        }
        Console.WriteLine($"{Name} (goal: {Goal})");
        for (var figure = 0; figure < results[0][0].Count; figure++)
        {
            var medians = results.ConvertAll(rows => Distribution.Median(rows.Select(row => row[figure].Value)));
            var (name, _, unit) = results[0][0][figure];
            var values = clusters.Select((cluster, i) => $"{cluster.Target.Name} {medians[i],10:n2} {unit}");
            var ratio = clusters.Count == 2 ? $"   ratio {medians[0] / medians[1]:n2}" : "";
            Console.WriteLine($"  {name,-52} {string.Join("   ", values)}{ratio}");
        }
    }
}
