using Hive.Platform;
using Xunit;

namespace Hive.Queen.Tests;

/// <summary>The promise on which all others stand, on the threads that keep it: nothing is acknowledged that a majority has not on its disks.</summary>
public class DurabilityTests
{
    [Fact]
    public async Task A_write_is_not_acknowledged_while_no_majority_has_synced_it_and_heartbeats_and_reads_go_on()
    {
        // A disk that stalls is no reason to hand over here.
        var limits = new QueenLimits { DiskStallTicks = 100_000, StrainWindow = TimeSpan.FromHours(1) };
        using var open = new ManualResetEventSlim(true);
        int held = 0;
        void BeforeSync()
        {
            if (open.IsSet) return;
            Interlocked.Increment(ref held);
            open.Wait();
        }
        await using LocalCluster cluster = await LocalCluster.StartAsync(3, limits);
        cluster.DiskOf = at => new SyncDisk(new LinuxDisk(cluster.DirectoryOf(at)), BeforeSync);
        for (int at = 0; at < 3; at++)
        {
            await cluster.LeaderAsync();
            await cluster.StopAsync(at);
            await cluster.StartMemberAsync(at);
        }
        int leader = await cluster.LeaderAsync();
        await cluster.MustPutAsync(leader, "k", "before");
        try
        {
            open.Reset();
            Task<ProposalResult> put = cluster[leader].ProposeAsync(LocalCluster.Put("k", "after"), CancellationToken.None).AsTask();
            await cluster.Eventually(() => Volatile.Read(ref held) >= 3, "all members wait for their disks");
            // Each is a round trip to a majority: whatever was sent too early has arrived by then.
            for (int i = 0; i < 3; i++) Assert.Equal("before", await cluster.ReadAsync(leader, "k"));
            Assert.False(put.IsCompleted);
            open.Set();
            Assert.Equal(QueenCode.Ok, (await put).Code);
            Assert.Equal("after", await cluster.ReadAsync(leader, "k"));
        }
        finally
        {
            open.Set();
        }
    }
}
