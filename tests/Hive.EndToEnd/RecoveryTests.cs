using System.Text;
using Hive.Client.Etcd;
using Hive.EndToEnd.World;
using Xunit;

namespace Hive.EndToEnd;

/// <summary>The way out of a lost quorum, as a person would take it.</summary>
public sealed class RecoveryTests
{
    [Fact]
    public async Task One_command_makes_the_last_queen_the_cluster_again_with_no_revision_seen_twice()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        string file = Path.Combine(cluster.Folder, "cluster.json");
        await using SteadyWriter writer = SteadyWriter.Start(cluster, "k/");
        await writer.MoreAsync(50, "at first");
        await writer.StopAsync();
        long handedOut;
        using (EtcdClient client = cluster.Etcd()) handedOut = (await client.PutAsync("last"u8.ToArray(), "v"u8.ToArray(), CancellationToken.None)).Revision;
        await Tool.EventuallyAsync(async () =>
        {
            using EtcdClient one = cluster.Etcd("queen-1");
            return (await one.GetAsync("last"u8.ToArray(), false, 0, 0, CancellationToken.None)).Pairs.Count == 1;
        }, "queen-1 has it all");

        ToolResult running = await Tool.RunAsync(Tool.Hive, ["recover", "--cluster", file, "--name", "queen-1", "--yes"]);
        Assert.Equal(2, running.ExitCode);
        Assert.Contains("queen-1 is running", running.Error, StringComparison.Ordinal);

        await cluster.KillAsync([.. cluster.Queens]);
        foreach (string gone in new[] { "queen-2", "queen-3" }) Directory.Delete(Path.Combine(cluster.Folder, gone), recursive: true);
        ToolResult asked = await Tool.RunAsync(Tool.Hive, ["recover", "--cluster", file, "--name", "queen-1"]);
        Assert.Equal(2, asked.ExitCode);
        Assert.Contains("What may be lost", asked.Output, StringComparison.Ordinal);
        Assert.Contains("nothing was changed", asked.Error, StringComparison.Ordinal);

        ToolResult done = await Tool.RunAsync(Tool.Hive, ["recover", "--cluster", file, "--name", "queen-1", "--yes"]);
        Assert.True(done.ExitCode == 0, done.All);
        await cluster.LookAgainAsync();
        Assert.Equal(["queen-1"], cluster.Queens);
        cluster.Start("queen-1");
        await cluster.UntilServingAsync("queen-1");
        await writer.MustAllBeThereAsync(cluster);
        using EtcdClient alone = cluster.Etcd();
        EtcdAnswer put = await alone.PutAsync("after"u8.ToArray(), "v"u8.ToArray(), CancellationToken.None);
        Assert.True(put.Revision > handedOut + 1_000_000_000, $"{put.Revision} after {handedOut}");
        EtcdAnswer old = await alone.GetAsync(Encoding.UTF8.GetBytes("last"), false, handedOut, 0, CancellationToken.None);
        Assert.Contains("compacted", old.Error, StringComparison.Ordinal);

        IReadOnlyList<string> free = TestCluster.FreeAddresses(3);
        ToolResult added = await cluster.HiveAsync("member", "add", "queen-2", "--peer", free[0], "--etcd", free[1], "--api", free[2]);
        Assert.True(added.ExitCode == 0, added.All);
        await cluster.LookAgainAsync();
        cluster.Start("queen-2");
        await cluster.UntilServingAsync("queen-2");
        await writer.MustAllBeThereAsync(cluster);
    }
}
