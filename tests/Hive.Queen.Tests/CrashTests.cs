using System.Collections.Immutable;
using System.Net.Sockets;
using Hive.Store;
using Xunit;

namespace Hive.Queen.Tests;

public class CrashTests
{
    [Fact]
    public async Task Acknowledged_writes_survive_the_leader_and_the_deposed_one_catches_up()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(3);
        int leader = await cluster.LeaderAsync();
        for (int i = 0; i < 30; i++) await cluster.MustPutAsync(i % 3, $"k{i}", $"v{i}");
        await cluster.KillAsync(leader);
        int other = (leader + 1) % 3;
        for (int i = 30; i < 60; i++) await cluster.MustPutAsync(other, $"k{i}", $"v{i}");
        await cluster.StartMemberAsync(leader);
        for (int i = 0; i < 60; i++) Assert.Equal($"v{i}", await cluster.ReadAsync(leader, $"k{i}"));
        await ClusterTests.SameStateEverywhere(cluster);
    }

    [Fact]
    public async Task All_members_killed_at_once_lose_nothing_acknowledged()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(3);
        await cluster.LeaderAsync();
        var acknowledged = new List<int>();
        using var stop = new CancellationTokenSource();
        Task writing = Task.Run(async () =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                ProposalResult result = await cluster[1].ProposeAsync(LocalCluster.Put($"k{i}", $"v{i}"), CancellationToken.None);
                if (result.Code == QueenCode.Ok) acknowledged.Add(i);
                else return;
            }
        });
        await cluster.Eventually(() => acknowledged.Count > 100, "a hundred writes");
        await Task.WhenAll(cluster.Running.Select(m => m.KillAsync()));
        await stop.CancelAsync();
        await writing;
        for (int i = 0; i < 3; i++) await cluster.StartMemberAsync(i);
        for (int at = 0; at < 3; at++)
        {
            ReadResult read = await cluster[at].ReadAsync(CancellationToken.None);
            Assert.Equal(QueenCode.Ok, read.Code);
            foreach (int i in acknowledged) Assert.Equal($"v{i}", LocalCluster.Value(read.Snapshot!, $"k{i}"));
        }
        await ClusterTests.SameStateEverywhere(cluster);
    }

    [Fact]
    public async Task A_follower_that_lags_behind_the_log_is_sent_a_snapshot()
    {
        var limits = new QueenLimits { SnapshotEntries = 60, TrailingEntries = 10 };
        await using LocalCluster cluster = await LocalCluster.StartAsync(3, limits, cacheBytes: 2_000);
        int leader = await cluster.LeaderAsync();
        int absent = (leader + 1) % 3;
        await cluster.KillAsync(absent);
        for (int i = 0; i < 400; i++) await cluster.MustPutAsync(leader, $"k{i}", $"v{i}");
        await cluster.StartMemberAsync(absent);
        Assert.Equal("v0", await cluster.ReadAsync(absent, "k0"));
        await cluster.Eventually(() => cluster.Lines.Any(l => l.Contains("installed the leader's snapshot")), "an installed snapshot");
        await cluster.MustPutAsync(absent, "after", "snapshot");
        await ClusterTests.SameStateEverywhere(cluster);
        await cluster.KillAsync(absent);
        await cluster.StartMemberAsync(absent);
        Assert.Equal("v399", await cluster.ReadAsync(absent, "k399"));
    }
}
