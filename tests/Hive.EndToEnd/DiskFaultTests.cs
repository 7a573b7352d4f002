using System.Text;
using Hive.Client.Etcd;
using Hive.EndToEnd.World;
using Xunit;

namespace Hive.EndToEnd;

/// <summary>Disks that lie, on real processes.</summary>
public sealed class DiskFaultTests
{
    [Fact]
    public async Task A_queen_whose_journal_was_damaged_while_she_was_stopped_says_so_and_is_repaired_by_the_others()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using SteadyWriter writer = SteadyWriter.Start(cluster, "k/");
        await writer.MoreAsync(400, "at first");
        string leader = await cluster.LeaderAsync();
        string damaged = cluster.Queens.First(q => q != leader);
        await cluster.StopAsync(damaged);
        FlipBytes(cluster, damaged, at: 0.5);
        await writer.MoreAsync(50, "while she is away");
        cluster.Start(damaged);
        await cluster.UntilServingAsync(damaged);
        await Tool.EventuallyAsync(() => Task.FromResult(cluster.Printed(damaged, "log").Contains("are repaired from the peers", StringComparison.Ordinal)), "the repair");
        Assert.Contains("are damaged", cluster.Printed(damaged, "log"), StringComparison.Ordinal);
        await writer.MustAllBeThereAsync(cluster);
        await SameHashEverywhereAsync(cluster);
    }

    [Fact]
    public async Task What_was_damaged_at_different_places_on_every_queen_is_whole_again_and_nothing_acknowledged_is_lost()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using SteadyWriter writer = SteadyWriter.Start(cluster, "k/");
        await writer.MoreAsync(400, "at first");
        await writer.StopAsync();
        foreach (string queen in cluster.Queens) await cluster.StopAsync(queen);
        double at = 0.25;
        foreach (string queen in cluster.Queens)
        {
            FlipBytes(cluster, queen, at);
            at += 0.25;
        }
        foreach (string queen in cluster.Queens) cluster.Start(queen);
        foreach (string queen in cluster.Queens)
        {
            await cluster.UntilServingAsync(queen);
            await Tool.EventuallyAsync(() => Task.FromResult(cluster.Printed(queen, "log").Contains("are repaired from the peers", StringComparison.Ordinal)), $"the repair of {queen}");
        }
        await writer.MustAllBeThereAsync(cluster);
        await SameHashEverywhereAsync(cluster);
    }

    [Fact]
    public async Task Disks_of_64_MiB_filled_by_writes_lead_to_typed_refusals_no_loss_and_deletes_that_work_and_all_is_well_when_space_returns()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(diskMebibytes: 64);
        using EtcdClient client = cluster.Etcd();
        byte[] value = new byte[200_000];
        int written = 0;
        EtcdAnswer last;
        while ((last = await client.PutAsync(Key(written), value, CancellationToken.None)).Error is null) written++;
        Assert.Contains("space exceeded", last.Error, StringComparison.Ordinal);
        Assert.InRange(written, 20, 400);

        EtcdAnswer deleted = await client.DeleteAsync(Key(0), prefix: false, CancellationToken.None);
        Assert.True(deleted.Error is null, deleted.Error);
        Assert.All(cluster.Queens, queen => Assert.True(cluster.IsRunning(queen), cluster.Printed(queen, "log")));

        foreach (string queen in cluster.Queens) await cluster.ResizeDiskAsync(queen, 256);
        await Tool.EventuallyAsync(async () => (await client.PutAsync("after"u8.ToArray(), value, CancellationToken.None)).Error is null, "writes pass again");
        foreach (string queen in cluster.Queens)
        {
            using EtcdClient one = cluster.Etcd(queen);
            Assert.Empty((await one.GetAsync(Key(0), false, 0, 0, CancellationToken.None)).Pairs);
            for (int i = 1; i < written; i++) Assert.Single((await one.GetAsync(Key(i), false, 0, 0, CancellationToken.None)).Pairs);
        }
        await SameHashEverywhereAsync(cluster);
    }

    private static byte[] Key(int i) => Encoding.UTF8.GetBytes($"big/{i}");

    /// <summary>In the midst of what the log holds: good records lie before and behind it.</summary>
    /// <param name="at">Where, as a part of what was written.</param>
    private static void FlipBytes(TestCluster cluster, string queen, double at)
    {
        string segment = Directory.EnumerateFiles(Path.Combine(cluster.Folder, queen, "journal"), "*.seg").Order(StringComparer.Ordinal).First();
        byte[] bytes = File.ReadAllBytes(segment);
        int start = (int)(Array.FindLastIndex(bytes, b => b != 0) * at);
        for (int i = start; i < start + 64; i++) bytes[i] ^= 0x5A;
        File.WriteAllBytes(segment, bytes);
    }

    private static async Task SameHashEverywhereAsync(TestCluster cluster)
    {
        using EtcdClient any = cluster.Etcd();
        long revision = (await any.PutAsync(Encoding.UTF8.GetBytes("mark"), "x"u8.ToArray(), CancellationToken.None)).Revision;
        var hashes = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string queen in cluster.Queens)
        {
            string line = "";
            await Tool.EventuallyAsync(async () =>
            {
                ToolResult result = await cluster.EtcdctlAsync(queen, "endpoint", "hashkv", $"--rev={revision}");
                line = result.Output;
                return result.ExitCode == 0;
            }, $"{queen} tells the hash of revision {revision}");
            hashes.Add(line.Split(", ")[1].Trim());
        }
        Assert.Single(hashes);
    }
}
