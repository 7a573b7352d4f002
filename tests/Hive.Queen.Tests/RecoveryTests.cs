using Hive.Platform;
using Xunit;

namespace Hive.Queen.Tests;

public class RecoveryTests
{
    [Fact]
    public async Task The_last_member_left_goes_on_alone_with_all_that_it_holds()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(3);
        int leader = await cluster.LeaderAsync();
        for (int i = 0; i < 30; i++) await cluster.MustPutAsync(leader, $"k{i}", $"v{i}");
        for (int i = 0; i < 3; i++) await cluster.KillAsync(i);
        QueenRecoveryReport report = QueenRecovery.KeepOnly(new QueenOptions
        {
            Disk = new LinuxDisk(cluster.DirectoryOf(leader)),
            Cluster = new ClusterId(0xBEE),
            Self = LocalCluster.IdOf(leader),
        });
        Assert.Contains("Lost, if there were any", report.Lost);
        await cluster.StartMemberAsync(leader);
        await cluster.MustPutAsync(leader, "alone", "yes");
        for (int i = 0; i < 30; i++) Assert.Equal($"v{i}", await cluster.ReadAsync(leader, $"k{i}"));
        Assert.Single(cluster[leader].Status.Members);
    }
}
