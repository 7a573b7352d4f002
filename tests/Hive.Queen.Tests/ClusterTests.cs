using System.Collections.Immutable;
using System.Net.Sockets;
using Hive.Store;
using Xunit;

namespace Hive.Queen.Tests;

public class ClusterTests
{
    [Fact]
    public async Task Every_member_takes_writes_and_every_other_reads_them_at_once()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(3);
        await cluster.LeaderAsync();
        for (int i = 0; i < 60; i++)
        {
            await cluster.MustPutAsync(i % 3, $"k{i}", $"v{i}");
            Assert.Equal($"v{i}", await cluster.ReadAsync((i + 1 + i / 3 % 2) % 3, $"k{i}"));
        }
    }

    [Fact]
    public async Task A_stopped_leader_hands_over_and_its_scope_ends()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(3);
        int leader = await cluster.LeaderAsync();
        LeadershipScope scope = await cluster[leader].WaitForLeadershipAsync(CancellationToken.None).AsTask().WaitAsync(LocalCluster.Patience);
        await cluster.StopAsync(leader);
        Assert.True(scope.Lost.IsCancellationRequested);
        Assert.DoesNotContain(cluster.Lines, l => l.Contains("no member took over"));
        await cluster.MustPutAsync((leader + 1) % 3, "after", "stop");
    }

    [Fact]
    public async Task Leadership_moves_to_the_member_that_is_named()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(3);
        int leader = await cluster.LeaderAsync();
        int target = (leader + 1) % 3;
        QueenCode code = await cluster[leader].TransferLeadershipAsync(LocalCluster.IdOf(target), CancellationToken.None);
        Assert.Equal(QueenCode.Ok, code);
        await cluster.Eventually(() => cluster[target].Status.IsLeader, "the named leader");
    }

    [Fact]
    public async Task Reads_by_lease_are_a_choice_and_see_what_was_written()
    {
        await using LocalCluster asking = await LocalCluster.StartAsync(3);
        await using LocalCluster leasing = await LocalCluster.StartAsync(3, readsByLease: true);
        foreach (LocalCluster cluster in (LocalCluster[])[asking, leasing])
        {
            int leader = await cluster.LeaderAsync();
            int i = 0;
            async Task<bool> LeasedAsync()
            {
                await cluster.MustPutAsync(i % 3, "key", $"{++i}");
                Assert.Equal($"{i}", await cluster.ReadAsync(leader, "key"));
                return cluster.Running.Any(m => m.Status.LeaseReads > 0);
            }
            for (int times = 0; times < 20; times++) await LeasedAsync();
            if (cluster == asking) Assert.False(await LeasedAsync());
            else await cluster.Eventually(LeasedAsync, "a read by lease");
        }
    }

    [Fact]
    public async Task A_follower_does_not_take_control_batches()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(3);
        int leader = await cluster.LeaderAsync();
        var batch = new ControlBatchCommand(new DecisionHeader(cluster[leader].Status.Term, 1, Revision.Empty, default, 1), []);
        Assert.Equal(QueenCode.NoLeader, (await cluster[(leader + 1) % 3].ProposeControlAsync(batch, CancellationToken.None)).Code);
        ProposalResult taken = await cluster[leader].ProposeControlAsync(batch, CancellationToken.None);
        Assert.Equal((QueenCode.Ok, StoreError.None), (taken.Code, taken.Applied!.Error));
        ProposalResult fenced = await cluster[leader].ProposeControlAsync(
            batch with { Header = batch.Header with { Leadership = new Term(999) } }, CancellationToken.None);
        Assert.Equal((QueenCode.Ok, StoreError.Fenced), (fenced.Code, fenced.Applied!.Error));
    }

    internal static async Task SameStateEverywhere(LocalCluster cluster)
    {
        await cluster.Eventually(() =>
        {
            var digests = cluster.Running.Select(m => m.Store.Digest).ToImmutableArray();
            return digests.All(d => d == digests[0]);
        }, "equal digests");
    }
}
