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
        FlipBytesInTheMiddle(Path.Combine(cluster.Folder, damaged, "journal"));
        await writer.MoreAsync(50, "while she is away");
        cluster.Start(damaged);
        await cluster.UntilServingAsync(damaged);
        await Tool.EventuallyAsync(() => Task.FromResult(cluster.Printed(damaged, "log").Contains("are repaired from the peers", StringComparison.Ordinal)), "the repair");
        Assert.Contains("are damaged", cluster.Printed(damaged, "log"), StringComparison.Ordinal);
        await writer.MustAllBeThereAsync(cluster);
        await SameHashEverywhereAsync(cluster);
    }

    /// <summary>In the middle of what the log holds: good records lie before and behind it.</summary>
    private static void FlipBytesInTheMiddle(string journal)
    {
        string segment = Directory.EnumerateFiles(journal, "*.seg").Order(StringComparer.Ordinal).First();
        byte[] bytes = File.ReadAllBytes(segment);
        int used = Array.FindLastIndex(bytes, b => b != 0);
        for (int i = used / 2; i < used / 2 + 64; i++) bytes[i] ^= 0x5A;
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
