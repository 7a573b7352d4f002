using System.Diagnostics;
using System.Text;
using Hive.Client.Etcd;
using Hive.EndToEnd.World;
using Xunit;
using Xunit.Abstractions;

namespace Hive.EndToEnd;

/// <summary>What the store promises, on real processes that are really killed.</summary>
public sealed class ConsistencyTests(ITestOutputHelper output)
{
    private const int LeaderKills = 10;

    /// <summary>Two processes, two queens, 1,000 times: what the first wrote through one, the second reads through the other at once.</summary>
    private const int Rounds = 1000;

    [Fact]
    public async Task Every_acknowledged_write_survives_ten_leader_kills_with_equal_revisions_everywhere()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        using EtcdClient client = cluster.Etcd();
        var acknowledged = new List<string>();
        var gaps = new List<double>();
        var worst = new List<double>();
        using var stop = new CancellationTokenSource();
        Task writer = WriteAsync(client, acknowledged, gaps, stop.Token);
        for (int kill = 0; kill < LeaderKills; kill++)
        {
            string leader = await cluster.LeaderAsync();
            await Tool.EventuallyAsync(() => Task.FromResult(Count(acknowledged) > 20 * kill), "writes are acknowledged");
            int before = Count(acknowledged);
            await cluster.KillAsync(leader);
            await Tool.EventuallyAsync(() => Task.FromResult(Count(acknowledged) > before + 20), $"writes go on after kill {kill + 1} ({leader})");
            lock (acknowledged) worst.Add(gaps.Skip(before).Max());
            cluster.Start(leader);
            await cluster.UntilServingAsync(leader);
        }
        await stop.CancelAsync();
        await writer;
        worst.Sort();
        output.WriteLine($"{acknowledged.Count} acknowledged; write gap at each kill, ms: {string.Join(", ", worst.Select(g => $"{g:0}"))}; median {worst[worst.Count / 2]:0}, worst {worst[^1]:0}");
        await AllThereAsync(cluster, acknowledged);
    }

    [Fact]
    public async Task A_power_cut_of_all_queens_at_once_loses_no_acknowledged_write()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        var acknowledged = new List<string>();
        for (int cut = 0; cut < 3; cut++)
        {
            using EtcdClient client = cluster.Etcd();
            using var stop = new CancellationTokenSource();
            int before = acknowledged.Count;
            Task writer = WriteAsync(client, acknowledged, [], stop.Token);
            await Tool.EventuallyAsync(() => Task.FromResult(Count(acknowledged) > before + 100), "writes are acknowledged");
            await cluster.KillAsync([.. cluster.Queens]);
            await stop.CancelAsync();
            await writer;
            foreach (string queen in cluster.Queens) cluster.Start(queen);
            foreach (string queen in cluster.Queens) await cluster.UntilServingAsync(queen);
        }
        await AllThereAsync(cluster, acknowledged);
    }

    [Fact]
    public async Task What_one_process_wrote_through_one_queen_another_reads_through_another_at_once_under_leader_kills()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        int done = 0;
        using var stop = new CancellationTokenSource();
        Task killer = KillLeadersAsync(cluster, () => Volatile.Read(ref done), stop.Token);
        int unknown = 0;
        for (int round = 0; round < Rounds; round++)
        {
            string key = $"b3/{round}";
            string writerQueen = cluster.Queens[round % 3], readerQueen = cluster.Queens[(round + 1) % 3];
            using EtcdClient writer = cluster.Etcd(writerQueen), reader = cluster.Etcd(readerQueen);
            EtcdAnswer put = await writer.PutAsync(Encoding.UTF8.GetBytes(key), "x"u8.ToArray(), CancellationToken.None);
            done = round;
            if (put.Error is not null)
            {
                unknown++;
                continue;
            }
            EtcdAnswer got = new(0, [], 0, "not asked");
            await Tool.EventuallyAsync(async () => (got = await reader.GetAsync(Encoding.UTF8.GetBytes(key), false, 0, 0, CancellationToken.None)).Error is null, $"{readerQueen} answers");
            Assert.True(got.Pairs.Count == 1, $"{key} was acknowledged by {writerQueen} and is not read through {readerQueen}");
        }
        await stop.CancelAsync();
        await killer;
        output.WriteLine($"{Rounds} rounds, {unknown} writes of unknown fate");
        Assert.True(unknown < Rounds / 4, $"{unknown} of {Rounds} writes had no answer");
    }

    private static async Task KillLeadersAsync(TestCluster cluster, Func<int> progress, CancellationToken stop)
    {
        for (int next = 100; !stop.IsCancellationRequested && next < Rounds; next += 200)
        {
            try
            {
                while (progress() < next) await Task.Delay(TimeSpan.FromMilliseconds(20), stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            string leader = await cluster.LeaderAsync();
            await cluster.KillAsync(leader);
            cluster.Start(leader);
            await cluster.UntilServingAsync(leader);
        }
    }

    private static int Count(List<string> acknowledged)
    {
        lock (acknowledged) return acknowledged.Count;
    }

    private static async Task WriteAsync(EtcdClient client, List<string> acknowledged, List<double> gaps, CancellationToken stop)
    {
        long last = Stopwatch.GetTimestamp();
        int start = Count(acknowledged);
        for (int i = start; !stop.IsCancellationRequested; i++)
        {
            string key = $"k/{start}/{i}";
            EtcdAnswer answer;
            try
            {
                answer = await client.PutAsync(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes($"v{i}"), stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            if (answer.Error is not null) continue;
            double gap = Stopwatch.GetElapsedTime(last).TotalMilliseconds;
            last = Stopwatch.GetTimestamp();
            lock (acknowledged)
            {
                gaps.Add(gap);
                acknowledged.Add(key);
            }
        }
    }

    private static async Task AllThereAsync(TestCluster cluster, List<string> acknowledged)
    {
        var revisions = new SortedSet<long>();
        foreach (string queen in cluster.Queens)
        {
            using EtcdClient client = cluster.Etcd(queen);
            EtcdAnswer all = new(0, [], 0, "not asked");
            await Tool.EventuallyAsync(async () => (all = await client.GetAsync("k/"u8.ToArray(), true, 0, 0, CancellationToken.None)).Error is null, $"{queen} answers a read");
            var present = new SortedSet<string>(all.Pairs.Select(p => Encoding.UTF8.GetString(p.Key)), StringComparer.Ordinal);
            string[] lost = [.. acknowledged.Where(k => !present.Contains(k))];
            Assert.True(lost.Length == 0, $"{queen} lost {lost.Length} of {acknowledged.Count} acknowledged writes, first {lost.FirstOrDefault()}");
            revisions.Add(all.Pairs.Max(p => p.ModRevision));
        }
        Assert.Single(revisions);
    }
}
