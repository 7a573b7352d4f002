using System.Text;
using System.Text.Json.Nodes;
using Hive.Client.Etcd;
using Hive.EndToEnd.World;
using Xunit;

namespace Hive.EndToEnd;

/// <summary>A snapshot saved while writes go on, and another cluster begun with it, as a person would do it.</summary>
public sealed class BackupTests
{
    [Fact]
    public async Task A_cluster_restored_from_a_snapshot_has_all_that_it_held_and_hands_out_no_revision_twice()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        string file = Path.Combine(cluster.Folder, "cluster.json"), saved = Path.Combine(cluster.Folder, "saved.snap");
        await using SteadyWriter writer = SteadyWriter.Start(cluster, "k/");
        await writer.MoreAsync(100, "before the snapshot");
        (await cluster.HiveAsync("snapshot", "save", saved)).Must();
        await writer.MoreAsync(50, "after the snapshot");
        await writer.StopAsync();
        (await cluster.HiveAsync("snapshot", "save", saved)).MustFail("is there already");
        Dictionary<string, long> atSave = await KeysAsync(cluster);
        ToolResult told = (await cluster.HiveAsync("snapshot", "verify", saved, "-o", "json")).Must();
        long revision = (long)JsonNode.Parse(told.Output)!["revision"]!;
        long handedOut = await RevisionAsync(cluster);
        Assert.True(revision < handedOut);

        // A cluster that has a state is not overwritten, and a damaged file makes none.
        (await cluster.HiveAsync("snapshot", "restore", saved, "--cluster", file)).MustFail("is not empty");
        foreach (string queen in cluster.Queens) await cluster.StopAsync(queen);
        foreach (string queen in cluster.Queens) Directory.Move(Path.Combine(cluster.Folder, queen), Path.Combine(cluster.Folder, queen + ".old"));
        string cut = Path.Combine(cluster.Folder, "cut.snap");
        await File.WriteAllBytesAsync(cut, (await File.ReadAllBytesAsync(saved))[..^700]);
        (await cluster.HiveAsync("snapshot", "restore", cut, "--cluster", file)).MustFail("cut.snap is");
        Assert.False(Directory.Exists(Path.Combine(cluster.Folder, "queen-1")));

        (await cluster.HiveAsync("snapshot", "restore", saved, "--cluster", file)).Must();
        await cluster.LookAgainAsync();
        foreach (string queen in cluster.Queens) cluster.Start(queen);
        foreach (string queen in cluster.Queens) await cluster.UntilServingAsync(queen);
        Dictionary<string, long> restored = await KeysAsync(cluster);
        Assert.Equal(atSave.Where(k => k.Value <= revision).OrderBy(k => k.Value), restored.OrderBy(k => k.Value));
        Assert.True(await RevisionAsync(cluster) > handedOut);
        using (EtcdClient client = cluster.Etcd())
        {
            EtcdAnswer old = await client.GetAsync("k/0"u8.ToArray(), false, handedOut, 0, CancellationToken.None);
            Assert.Contains("compacted", old.Error, StringComparison.Ordinal);
        }

        // Whoever comes back with what she had before is a stranger.
        await cluster.StopAsync("queen-3");
        Directory.Move(Path.Combine(cluster.Folder, "queen-3"), Path.Combine(cluster.Folder, "queen-3.new"));
        Directory.Move(Path.Combine(cluster.Folder, "queen-3.old"), Path.Combine(cluster.Folder, "queen-3"));
        cluster.Start("queen-3");
        Assert.NotEqual(0, await cluster.ExitCodeAsync("queen-3"));
        Assert.Contains("the journal is of member", cluster.Printed("queen-3", "log"), StringComparison.Ordinal);
    }

    private static async Task<Dictionary<string, long>> KeysAsync(TestCluster cluster)
    {
        using EtcdClient client = cluster.Etcd();
        EtcdAnswer all = await client.GetAsync("k/"u8.ToArray(), true, 0, 0, CancellationToken.None);
        Assert.Null(all.Error);
        return all.Pairs.ToDictionary(p => Encoding.UTF8.GetString(p.Key), p => p.ModRevision);
    }

    private static async Task<long> RevisionAsync(TestCluster cluster)
    {
        using EtcdClient client = cluster.Etcd();
        return (await client.PutAsync("last"u8.ToArray(), "v"u8.ToArray(), CancellationToken.None)).Revision;
    }
}
