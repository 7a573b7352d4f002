using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Hive.Client.Etcd;
using Hive.EndToEnd.World;
using Xunit;

namespace Hive.EndToEnd;

/// <summary>The log of a running cluster kept in a folder, and any moment of it had back.</summary>
public sealed class ArchiveTests
{
    [Fact]
    public async Task Any_revision_and_time_of_an_archive_can_be_had_back_also_of_before_a_leader_died()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        string file = Path.Combine(cluster.Folder, "cluster.json"), kept = Path.Combine(cluster.Folder, "archive");
        await using var archive = new Running(Tool.Start(Tool.Hive, ["--profile", Path.Combine(cluster.Folder, "client.json"), "archive", "--to", kept, "--every", "0.05"]));
        await archive.UntilAsync(lines => lines.Any(l => l.Contains("goes on until it is stopped", StringComparison.Ordinal)));
        ToolResult second = await cluster.HiveAsync("archive", "--to", kept, "--once");
        Assert.True(second.ExitCode == 2 && second.Error.Contains("another `hive archive`", StringComparison.Ordinal), second.All);

        // A value for every revision; then the leader dies, more is written, and all is deleted.
        using EtcdClient client = cluster.Etcd();
        var at = new SortedDictionary<long, string>();
        for (int i = 0; i < 20; i++) at[await PutAsync(client, $"before {i}")] = $"before {i}";
        DateTime between = DateTime.UtcNow;
        await cluster.KillAsync(await cluster.LeaderAsync());
        for (int i = 0; i < 20; i++) at[await PutAsync(client, $"after {i}")] = $"after {i}";
        EtcdAnswer deleted = await client.DeleteAsync("k"u8.ToArray(), false, CancellationToken.None);
        Assert.Null(deleted.Error);
        await Tool.EventuallyAsync(async () => await ReachedAsync(cluster, kept) >= deleted.Revision, "the archive has the last write");
        await archive.InterruptAsync();
        Assert.True(archive.Process.ExitCode == 0, string.Join('\n', archive.Lines));
        Assert.DoesNotContain(archive.Lines, l => l.Contains("cannot be restored", StringComparison.Ordinal));
        Assert.Single(archive.Lines, l => l.Contains(" begins with revision ", StringComparison.Ordinal));
        foreach (string queen in cluster.Queens.Where(cluster.IsRunning)) await cluster.StopAsync(queen);

        long[] revisions = [.. at.Keys];
        foreach (long revision in new[] { revisions[0], revisions[7], revisions[33] })
        {
            await RestoreAsync(cluster, file, kept, "--to", revision.ToString(CultureInfo.InvariantCulture));
            Assert.Equal(at[revision], await ValueAsync(cluster));
        }
        await RestoreAsync(cluster, file, kept, "--to", between.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture));
        Assert.Equal("before 19", await ValueAsync(cluster));
        await RestoreAsync(cluster, file, kept);
        Assert.Null(await ValueAsync(cluster));

        // What is not there is said, and makes no cluster.
        foreach (string queen in cluster.Queens) await cluster.StopAsync(queen);
        RemoveFolders(cluster);
        (await cluster.HiveAsync("snapshot", "restore", kept, "--cluster", file, "--to", "99999999")).MustFail("is not in the archive");
        (await cluster.HiveAsync("snapshot", "restore", kept, "--cluster", file, "--to", "2000-01-01T00:00:00Z")).MustFail("the archive begins with revision");
        string log = Directory.GetFiles(Path.Combine(kept, "000001"), "*.log").Single();
        byte[] bytes = await File.ReadAllBytesAsync(log);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(log, bytes);
        (await cluster.HiveAsync("snapshot", "restore", kept, "--cluster", file)).MustFail("is damaged at byte");
        ToolResult checkedOnce = await cluster.HiveAsync("snapshot", "verify", kept);
        Assert.True(checkedOnce.ExitCode == 1 && checkedOnce.Output.Contains("damaged: " + log, StringComparison.Ordinal), checkedOnce.All);
        Assert.False(Directory.Exists(Path.Combine(cluster.Folder, "queen-1")));
    }

    [Fact]
    public async Task Chains_join_without_a_gap_a_half_written_end_is_made_good_and_damage_is_kept_and_said()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        string file = Path.Combine(cluster.Folder, "cluster.json"), kept = Path.Combine(cluster.Folder, "archive");
        using EtcdClient client = cluster.Etcd();
        await OnceAsync(cluster, kept);
        for (int i = 0; i < 30; i++) await PutAsync(client, new string('x', 60_000) + i);
        Assert.Contains("000002 begins", (await OnceAsync(cluster, kept)).Output, StringComparison.Ordinal);
        JsonArray chains = await ChainsAsync(cluster, kept);
        Assert.Equal([true, true], chains.Select(c => (bool)c!["joinsNext"]!));
        Assert.True((long)chains[0]!["toRevision"]! >= (long)chains[1]!["fromRevision"]!);

        // Cut off in the middle of a write: what comes next goes on from the last whole record.
        string log = Directory.GetFiles(Path.Combine(kept, "000002"), "*.log").Single();
        byte[] whole = await File.ReadAllBytesAsync(log);
        await PutAsync(client, "more");
        await OnceAsync(cluster, kept);
        await File.WriteAllBytesAsync(log, (await File.ReadAllBytesAsync(log))[..(whole.Length + 21)]);
        await OnceAsync(cluster, kept);
        Assert.Equal(await PutAsync(client, "last") - 1, (long)(await ChainsAsync(cluster, kept))[1]!["toRevision"]!);

        // Damage in the middle: a new chain, and the old one stays as it is.
        byte[] damaged = await File.ReadAllBytesAsync(log);
        damaged[whole.Length / 2] ^= 4;
        await File.WriteAllBytesAsync(log, damaged);
        ToolResult told = await OnceAsync(cluster, kept);
        Assert.Contains("it stays as it is", told.Output, StringComparison.Ordinal);
        Assert.Equal(damaged, await File.ReadAllBytesAsync(log));
        ToolResult verified = await cluster.HiveAsync("snapshot", "verify", kept);
        Assert.True(verified.ExitCode == 1 && verified.Output.Contains("damaged: " + log, StringComparison.Ordinal), verified.All);

        // A cluster that was restored is another one.
        await RestoreAsync(cluster, file, kept);
        Assert.Equal("last", await ValueAsync(cluster));
        (await cluster.HiveAsync("archive", "--to", kept, "--once")).MustFail("each cluster has an archive of its own");
    }

    private static async Task<ToolResult> OnceAsync(TestCluster cluster, string kept)
    {
        ToolResult result = await cluster.HiveAsync("archive", "--to", kept, "--once", "--base-after", "1");
        Assert.True(result.ExitCode == 0, result.All);
        return result;
    }

    private static async Task<JsonArray> ChainsAsync(TestCluster cluster, string kept)
    {
        ToolResult told = await cluster.HiveAsync("snapshot", "verify", kept, "-o", "json");
        Assert.True(told.ExitCode == 0, told.All);
        return JsonNode.Parse(told.Output)!["chains"]!.AsArray();
    }

    private static async Task<long> ReachedAsync(TestCluster cluster, string kept) => (long)(await ChainsAsync(cluster, kept))[0]!["toRevision"]!;

    private static async Task<long> PutAsync(EtcdClient client, string value)
    {
        EtcdAnswer answer = new(0, [], 0, "not asked");
        await Tool.EventuallyAsync(async () => (answer = await client.PutAsync("k"u8.ToArray(), Encoding.UTF8.GetBytes(value), CancellationToken.None)).Error is null, $"\"{value}\" is written");
        return answer.Revision;
    }

    private static async Task RestoreAsync(TestCluster cluster, string file, string kept, params string[] more)
    {
        foreach (string queen in cluster.Queens.Where(cluster.IsRunning)) await cluster.StopAsync(queen);
        RemoveFolders(cluster);
        ToolResult restored = await cluster.HiveAsync(["snapshot", "restore", kept, "--cluster", file, .. more]);
        Assert.True(restored.ExitCode == 0, restored.All);
        await cluster.LookAgainAsync();
        foreach (string queen in cluster.Queens) cluster.Start(queen);
        foreach (string queen in cluster.Queens) await cluster.UntilServingAsync(queen);
    }

    private static void RemoveFolders(TestCluster cluster)
    {
        foreach (string queen in cluster.Queens) Directory.Delete(Path.Combine(cluster.Folder, queen), recursive: true);
    }

    private static async Task<string?> ValueAsync(TestCluster cluster)
    {
        using EtcdClient client = cluster.Etcd();
        EtcdAnswer answer = await client.GetAsync("k"u8.ToArray(), false, 0, 0, CancellationToken.None);
        Assert.Null(answer.Error);
        return answer.Pairs is [var pair] ? Encoding.UTF8.GetString(pair.Value) : null;
    }
}
