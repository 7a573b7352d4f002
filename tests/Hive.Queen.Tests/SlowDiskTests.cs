using Hive.Platform;
using Xunit;

namespace Hive.Queen.Tests;

/// <summary>A leader whose disk is far slower than the others', yet never stalls.</summary>
public class SlowDiskTests
{
    private const int Tries = 5;

    [Fact]
    public async Task A_leader_whose_disk_is_behind_the_others_hands_over_and_says_why()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(3, new QueenLimits { StrainWindow = TimeSpan.FromSeconds(1), HandOverPause = TimeSpan.FromSeconds(1) });
        int slow = await cluster.LeaderAsync();
        await cluster.StopAsync(slow);
        var slowness = new Slowness();
        cluster.DiskOf = at => new SyncDisk(new LinuxDisk(cluster.DirectoryOf(at)), () => Thread.Sleep(slowness.Sync));
        await cluster.StartMemberAsync(slow);
        await cluster.Eventually(() => cluster[slow].Status.Leader != default, "the member is back");
        using var stop = new CancellationTokenSource();
        Task writes = Task.WhenAll(Enumerable.Range(0, 3).Select(at => WriteAsync(cluster, at, stop.Token)));
        bool Said() => cluster.Lines.Any(l => l.Contains("hands leadership over: its disk", StringComparison.Ordinal));
        // On a machine that is busy itself it may lose the lead for another reason: then it leads once more.
        for (int i = 0; i < Tries && !Said(); i++)
        {
            slowness.Sync = TimeSpan.Zero;
            int leader = await cluster.LeaderAsync();
            if (leader != slow) await cluster[leader].TransferLeadershipAsync(LocalCluster.IdOf(slow), CancellationToken.None);
            await cluster.Eventually(() => cluster[slow].Status.IsLeader, "the member leads again");
            slowness.Sync = TimeSpan.FromMilliseconds(400);
            await cluster.Eventually(() => Said() || !cluster[slow].Status.IsLeader, "it leads no more");
        }
        slowness.Sync = TimeSpan.Zero;
        Assert.True(Said(), "it never handed over since its disk was behind");
        await cluster.Eventually(() => cluster.Running.Any(m => m.Status.IsLeader) && !cluster[slow].Status.IsLeader, "another leads");
        await stop.CancelAsync();
        await writes;
    }

    private static async Task WriteAsync(LocalCluster cluster, int at, CancellationToken stop)
    {
        for (int i = 0; !stop.IsCancellationRequested; i++) await cluster.MustPutAsync(at, $"{at}/{i}", "v");
    }

    private sealed class Slowness
    {
        public TimeSpan Sync { get; set; }
    }
}
