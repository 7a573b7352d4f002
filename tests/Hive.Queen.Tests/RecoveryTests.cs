using Hive.Platform;
using Hive.Store;
using Xunit;

namespace Hive.Queen.Tests;

public class RecoveryTests
{
    private static readonly WallTime Now = new(DateTime.UtcNow.Ticks);

    private static QueenOptions OptionsOf(LocalCluster cluster, int member) => new()
    {
        Disk = new LinuxDisk(cluster.DirectoryOf(member)),
        Cluster = new ClusterId(0xBEE),
        Self = LocalCluster.IdOf(member),
    };

    [Fact]
    public async Task The_last_member_left_goes_on_alone_with_all_that_it_holds()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(3);
        int leader = await cluster.LeaderAsync();
        for (int i = 0; i < 30; i++) await cluster.MustPutAsync(leader, $"k{i}", $"v{i}");
        LogIndex last = cluster[leader].Store.AppliedIndex;
        for (int i = 0; i < 3; i++) await cluster.KillAsync(i);
        RecoveryPlan plan = QueenRecovery.KeepOnly(OptionsOf(cluster, leader), Now);
        Assert.True(plan.LastIndex >= last);
        Assert.Equal(2, plan.Forgotten.Length);
        await cluster.StartMemberAsync(leader);
        await cluster.MustPutAsync(leader, "alone", "yes");
        for (int i = 0; i < 30; i++) Assert.Equal($"v{i}", await cluster.ReadAsync(leader, $"k{i}"));
        Assert.Single(cluster[leader].Status.Members);
    }

    [Fact]
    public async Task A_member_that_was_left_behind_hands_out_no_revision_a_second_time()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(3);
        int leader = await cluster.LeaderAsync();
        int behind = (leader + 1) % 3;
        await cluster.MustPutAsync(leader, "first", "v");
        await cluster.KillAsync(behind);
        Revision handedOut = default;
        for (int i = 0; i < 50; i++) handedOut = (await cluster.MustPutAsync(leader, $"k{i}", "v")).Revision;
        for (int i = 0; i < 3; i++)
        {
            if (i != behind) await cluster.KillAsync(i);
        }
        RecoveryPlan plan = QueenRecovery.KeepOnly(OptionsOf(cluster, behind), Now);
        Assert.True(plan.Revision < handedOut);
        await cluster.StartMemberAsync(behind);
        ApplyResult after = await cluster.MustPutAsync(behind, "after", "v");
        Assert.True(after.Revision > handedOut, $"{after.Revision} after {handedOut}");
        Assert.True(after.Revision > plan.GoesOnAt);
        // Who looks at a revision that this member never had is told so, and does not see another history.
        Assert.Equal(StoreError.Compacted, cluster[behind].Store.Snapshot().Hash(handedOut, out _));
    }

    [Fact]
    public async Task Looking_changes_nothing_and_an_empty_directory_is_no_survivor()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(3);
        int leader = await cluster.LeaderAsync();
        await cluster.MustPutAsync(leader, "k", "v");
        for (int i = 0; i < 3; i++) await cluster.KillAsync(i);
        RecoveryPlan first = QueenRecovery.Inspect(OptionsOf(cluster, leader), Now);
        RecoveryPlan second = QueenRecovery.Inspect(OptionsOf(cluster, leader), Now);
        Assert.Equal((first.LastIndex, first.Revision, first.GoesOnAt), (second.LastIndex, second.Revision, second.GoesOnAt));
        for (int i = 0; i < 3; i++) await cluster.StartMemberAsync(i);
        await cluster.MustPutAsync(0, "three", "members");
        Assert.Equal(3, cluster[0].Status.Members.Length);

        QueenOptions empty = OptionsOf(cluster, leader) with { Disk = new LinuxDisk(Path.Combine(cluster.DirectoryOf(leader), "empty")) };
        Assert.Throws<QueenStartException>(() => QueenRecovery.Inspect(empty, Now));
    }

    [Fact]
    public async Task The_longer_a_member_was_away_the_further_its_revision_advances()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(1);
        await cluster.MustPutAsync(0, "k", "v");
        await cluster.KillAsync(0);
        RecoveryPlan soon = QueenRecovery.Inspect(OptionsOf(cluster, 0), Now);
        RecoveryPlan late = QueenRecovery.Inspect(OptionsOf(cluster, 0), new WallTime(Now.Ticks + TimeSpan.FromDays(365).Ticks));
        Assert.Equal(soon.Revision.Value + RevisionAdvance.AtLeast, soon.GoesOnAt.Value);
        Assert.True(late.GoesOnAt.Value >= late.Revision.Value + 364L * 86_400 * RevisionAdvance.EachSecond);
    }
}
