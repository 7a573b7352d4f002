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
        await using SteadyWriter writer = SteadyWriter.Start(cluster, "k/");
        var gaps = new List<double>();
        for (int kill = 1; kill <= LeaderKills; kill++)
        {
            string leader = await cluster.LeaderAsync();
            await writer.MoreAsync(20, $"before kill {kill}");
            int before = writer.Count;
            await cluster.KillAsync(leader);
            await writer.MoreAsync(20, $"after kill {kill} ({leader})");
            gaps.Add(writer.WorstGapSince(before));
            cluster.Start(leader);
            await cluster.UntilServingAsync(leader);
        }
        gaps.Sort();
        output.WriteLine($"{writer.Count} acknowledged; write gap at each kill, ms: {string.Join(", ", gaps.Select(g => $"{g:0}"))}; median {gaps[gaps.Count / 2]:0}, worst {gaps[^1]:0}");
        await writer.MustAllBeThereAsync(cluster);
    }

    [Fact]
    public async Task A_leader_that_is_stopped_in_order_leaves_no_write_without_an_answer()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        for (int stop = 1; stop <= 3; stop++)
        {
            string leader = await cluster.LeaderAsync();
            await using SteadyWriter writer = SteadyWriter.Start(cluster, $"{stop}/", leader);
            await writer.MoreAsync(50, $"through {leader}");
            await cluster.StopAsync(leader);
            await writer.MoreAsync(20, $"after {leader} was stopped");
            Assert.Equal(0, writer.Unanswered);
            cluster.Start(leader);
            await cluster.UntilServingAsync(leader);
            await writer.MustAllBeThereAsync(cluster);
        }
    }

    [Fact]
    public async Task A_power_cut_of_all_queens_at_once_loses_no_acknowledged_write()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using SteadyWriter writer = SteadyWriter.Start(cluster, "k/");
        for (int cut = 1; cut <= 3; cut++)
        {
            await writer.MoreAsync(100, $"before cut {cut}");
            await cluster.KillAsync([.. cluster.Queens]);
            foreach (string queen in cluster.Queens) cluster.Start(queen);
            foreach (string queen in cluster.Queens) await cluster.UntilServingAsync(queen);
        }
        await writer.MoreAsync(1, "after the last cut");
        await writer.MustAllBeThereAsync(cluster);
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
}
