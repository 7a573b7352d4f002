using System.Collections.Immutable;
using System.Globalization;
using Hive.Client.Connections;
using Hive.Client.Etcd;
using Hive.EndToEnd.World;

namespace Hive.Benchmarks.Failover;

/// <summary>
/// How long writes pause when a leader goes, and whether one goes that should not, on three real processes with default settings. One client
/// writes key after key; the gap is the longest time between two acknowledgements.
/// </summary>
internal static class FailoverRun
{
    public const string Usage =
        """
        usage: Hive.Benchmarks failover [--kills N] [--graceful N] [--restarts N] [--steady MINUTES] [--writers N]
                 --kills      SIGKILL the leader so many times: median and worst write gap
                 --graceful   SIGTERM the leader so many times, likewise
                 --restarts   SIGKILL all queens so many times: from the start of the processes to the next acknowledged write
                 --steady     full load by --writers clients (64) for so many minutes: elections that happened
        """;

    /// <summary>
    /// Writes before the next leader goes. The queen that was started again has compiled and rehearsed what it does at its start by then: on two cores that alone
    /// holds up writes for 50 to 90 ms, stop or no stop.
    /// </summary>
    private const int Before = 600;

    /// <summary>How often the time-outs are looked at under steady load.</summary>
    private static readonly TimeSpan SteadyLook = TimeSpan.FromSeconds(5);

    /// <summary>Writes after a leader is gone among which the gap is looked for.</summary>
    private const int After = 20;

    public static async Task<int> RunAsync(string[] args, CancellationToken cancellation)
    {
        if (!TryParse(args, out SortedDictionary<string, double> options))
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }
        await using TestCluster cluster = await TestCluster.StartAsync();
        await PrepareClientAsync(cluster, cancellation);
        if (options.TryGetValue("--kills", out double kills)) await GapsAsync(cluster, "leader killed (SIGKILL)", (int)kills, name => cluster.KillAsync(name), cancellation);
        if (options.TryGetValue("--graceful", out double stops)) await GapsAsync(cluster, "leader stopped (SIGTERM)", (int)stops, cluster.StopAsync, cancellation);
        if (options.TryGetValue("--restarts", out double restarts)) await RestartsAsync(cluster, (int)restarts, cancellation);
        if (options.TryGetValue("--steady", out double minutes)) await SteadyAsync(cluster, TimeSpan.FromMinutes(minutes), (int)options.GetValueOrDefault("--writers", 64), cancellation);
        return 0;
    }

    /// <summary>
    /// The client has failed over before, to each queen: what it does for the first time is compiled then, and that is no gap of the cluster's.
    /// </summary>
    private static async Task PrepareClientAsync(TestCluster cluster, CancellationToken cancellation)
    {
        var nobody = new Uri("https://" + TestCluster.FreeAddresses(1)[0]);
        foreach (string queen in cluster.Queens)
        {
            using var client = new EtcdClient(new QueenPool([nobody, new Uri("https://" + cluster.EtcdAddress(queen))], cluster.Profile.LoadCredentials()));
            EtcdAnswer answer = await client.PutAsync("prepare"u8.ToArray(), "client"u8.ToArray(), cancellation);
            if (answer.Error is { } error) throw new InvalidOperationException($"{queen}: {error}");
        }
    }

    private static async Task GapsAsync(TestCluster cluster, string what, int times, Func<string, Task> end, CancellationToken cancellation)
    {
        await using SteadyWriter writer = SteadyWriter.Start(cluster, $"{what}/");
        var gaps = new List<double>();
        var usual = new List<double>();
        for (int i = 0; i < times && !cancellation.IsCancellationRequested; i++)
        {
            string leader = await cluster.LeaderAsync();
            int calm = await writer.MoreAsync(Before, "before");
            usual.Add(writer.WorstGapSince(calm));
            int before = writer.Count;
            await end(leader);
            await writer.MoreAsync(After, $"after {leader} was gone");
            gaps.Add(writer.WorstGapSince(before));
            cluster.Start(leader);
            await cluster.UntilServingAsync(leader);
        }
        Print(what, gaps);
        Print($"  the same without: worst of {Before} writes", usual);
        await writer.MustAllBeThereAsync(cluster);
        Console.WriteLine($"  all {writer.Count} acknowledged writes are there on every queen");
    }

    private static async Task RestartsAsync(TestCluster cluster, int times, CancellationToken cancellation)
    {
        var until = new List<double>();
        for (int i = 0; i < times && !cancellation.IsCancellationRequested; i++)
        {
            await cluster.KillAsync([.. cluster.Queens]);
            long start = System.Diagnostics.Stopwatch.GetTimestamp();
            foreach (string queen in cluster.Queens) cluster.Start(queen);
            await using (SteadyWriter writer = SteadyWriter.Start(cluster, $"restart/{i}/")) await writer.MoreAsync(1, "after the restart");
            until.Add(System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            foreach (string queen in cluster.Queens) await cluster.UntilServingAsync(queen);
        }
        Print("all queens killed: from their start to the first acknowledged write", until);
    }

    private static async Task SteadyAsync(TestCluster cluster, TimeSpan time, int writers, CancellationToken cancellation)
    {
        var before = await ElectionsAsync(cluster);
        List<SteadyWriter> clients = [.. Enumerable.Range(0, writers).Select(i => SteadyWriter.Start(cluster, $"steady/{i}/"))];
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        double longestTimeout = 0;
        while (System.Diagnostics.Stopwatch.GetElapsedTime(start) < time && !cancellation.IsCancellationRequested)
        {
            await Task.Delay(SteadyLook, cancellation);
            foreach (string queen in cluster.Queens) longestTimeout = Math.Max(longestTimeout, (await MetricsAsync(cluster, queen)).GetValueOrDefault("hive_raft_election_timeout_ticks"));
        }
        double seconds = System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds;
        int writes = clients.Sum(c => c.Count);
        double worst = clients.Max(c => c.WorstGapSince(0));
        foreach (SteadyWriter client in clients) await client.DisposeAsync();
        var after = await ElectionsAsync(cluster);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{writers} writers for {seconds:0} s: {writes / seconds:0} writes/s, longest gap of one of them {worst:0} ms; leaderships {after.Leaders - before.Leaders}, campaigns {after.Campaigns - before.Campaigns}, terms {after.Term - before.Term}, longest election time-out {longestTimeout * 10:0} ms"));
    }

    private static async Task<(double Leaders, double Campaigns, long Term)> ElectionsAsync(TestCluster cluster)
    {
        double leaders = 0, campaigns = 0;
        long term = 0;
        foreach (string queen in cluster.Queens)
        {
            var metrics = await MetricsAsync(cluster, queen);
            leaders += metrics["etcd_server_leader_changes_seen_total"];
            campaigns += metrics["hive_raft_campaigns_total"];
            using EtcdClient client = cluster.Etcd(queen);
            (System.Text.Json.Nodes.JsonObject? status, _) = await client.StatusAsync(CancellationToken.None);
            term = Math.Max(term, long.Parse($"{status!["raftTerm"]}", CultureInfo.InvariantCulture));
        }
        return (leaders, campaigns, term);
    }

    private static async Task<IReadOnlyDictionary<string, double>> MetricsAsync(TestCluster cluster, string queen)
    {
        using EtcdClient client = cluster.Etcd(queen);
        return await client.MetricsAsync(CancellationToken.None);
    }

    private static void Print(string what, List<double> milliseconds)
    {
        if (milliseconds.Count == 0) return;
        ImmutableArray<double> sorted = [.. milliseconds.Order()];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: median {sorted[sorted.Length / 2]:0} ms, worst {sorted[^1]:0} ms of {sorted.Length}"));
        Console.WriteLine($"  {string.Join(' ', milliseconds.Select(m => m.ToString("0", CultureInfo.InvariantCulture)))}");
    }

    private static bool TryParse(string[] args, out SortedDictionary<string, double> options)
    {
        options = new SortedDictionary<string, double>(StringComparer.Ordinal);
        for (int i = 0; i + 1 < args.Length; i += 2)
        {
            if (args[i] is not ("--kills" or "--graceful" or "--restarts" or "--steady" or "--writers")) return false;
            if (!double.TryParse(args[i + 1], CultureInfo.InvariantCulture, out double value) || value <= 0) return false;
            options[args[i]] = value;
        }
        return args.Length > 0 && args.Length % 2 == 0;
    }
}
