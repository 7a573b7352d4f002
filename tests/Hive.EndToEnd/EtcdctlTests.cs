using System.Diagnostics;
using System.Text.Json;
using Hive.EndToEnd.World;
using Xunit;

namespace Hive.EndToEnd;

/// <summary>Debian's etcdctl, unchanged, against every queen of a cluster with mutual TLS.</summary>
public sealed class EtcdctlTests(EtcdctlTests.ThreeQueens world) : IClassFixture<EtcdctlTests.ThreeQueens>
{
    /// <summary>One cluster for all tests of this class: each uses keys of its own.</summary>
    public sealed class ThreeQueens : IAsyncLifetime
    {
        public TestCluster Cluster { get; private set; } = null!;

        public async Task InitializeAsync() => Cluster = await TestCluster.StartAsync();

        public async Task DisposeAsync() => await Cluster.DisposeAsync();
    }

    public static TheoryData<string> Queens => ["queen-1", "queen-2", "queen-3"];

    private Etcdctl Of(string queen) => Etcdctl.Of(world.Cluster, queen);

    [Theory, MemberData(nameof(Queens))]
    public async Task Keys_are_written_read_and_deleted_through_every_queen(string queen)
    {
        Etcdctl etcdctl = Of(queen);
        Assert.Equal("OK\n", await etcdctl.MustAsync("put", $"{queen}/a", "1"));
        Assert.Equal($"OK\n{queen}/a\n1\n", await etcdctl.MustAsync("put", $"{queen}/a", "2", "--prev-kv"));
        await etcdctl.MustAsync("put", $"{queen}/b", "3");
        foreach (string any in Queens)
            Assert.Equal($"{queen}/a\n2\n{queen}/b\n3\n", await Of(any).MustAsync("get", "--prefix", $"{queen}/"));

        using JsonDocument json = JsonDocument.Parse(await etcdctl.MustAsync("get", $"{queen}/a", "-w", "json"));
        JsonElement pair = json.RootElement.GetProperty("kvs")[0];
        Assert.Equal(2, pair.GetProperty("version").GetInt64());
        string created = pair.GetProperty("create_revision").GetRawText();
        Assert.Equal($"{queen}/a\n1\n", await etcdctl.MustAsync("get", $"{queen}/a", "--rev", created));
        Assert.Equal("2\n", await etcdctl.MustAsync("del", "--prefix", $"{queen}/"));
        Assert.Equal("", await etcdctl.MustAsync("get", "--prefix", $"{queen}/"));
    }

    [Theory, MemberData(nameof(Queens))]
    public async Task A_transaction_takes_the_branch_that_its_comparisons_choose(string queen)
    {
        Etcdctl etcdctl = Of(queen);
        await etcdctl.MustAsync("put", $"{queen}/txn", "1");
        ToolResult result = await etcdctl.RunAsync(["txn"], $"value(\"{queen}/txn\") = \"1\"\n\nput {queen}/txn then\n\nput {queen}/txn else\n\n");
        Assert.True(result.Output.StartsWith("SUCCESS\n\nOK\n", StringComparison.Ordinal), result.All);
        Assert.Equal($"{queen}/txn\nthen\n", await etcdctl.MustAsync("get", $"{queen}/txn"));
    }

    [Theory, MemberData(nameof(Queens))]
    public async Task A_watch_at_one_queen_hears_what_is_written_through_another(string queen)
    {
        string key = $"{queen}/watched";
        await Of("queen-1").MustAsync("put", key, "0");
        using JsonDocument json = JsonDocument.Parse(await Of("queen-1").MustAsync("get", key, "-w", "json"));
        long revision = json.RootElement.GetProperty("kvs")[0].GetProperty("mod_revision").GetInt64();
        using Process watch = Of(queen).Start("watch", key, "--rev", $"{revision}");
        try
        {
            await Of("queen-2").MustAsync("put", key, "1");
            await Of("queen-3").MustAsync("del", key);
            var heard = new List<string>();
            using var patience = new CancellationTokenSource(Tool.Patience);
            while (heard.Count < 9) heard.Add(await watch.StandardOutput.ReadLineAsync(patience.Token) ?? "");
            Assert.Equal(["PUT", key, "0", "PUT", key, "1", "DELETE", key, ""], heard);
        }
        finally
        {
            watch.Kill();
            await watch.WaitForExitAsync();
        }
    }

    [Theory, MemberData(nameof(Queens))]
    public async Task Leases_are_granted_kept_alive_and_revoked_with_their_keys(string queen)
    {
        Etcdctl etcdctl = Of(queen);
        string granted = await etcdctl.MustAsync("lease", "grant", "100");
        Assert.Matches("^lease [0-9a-f]+ granted with TTL\\(100s\\)\n$", granted);
        string lease = granted.Split(' ')[1];
        await etcdctl.MustAsync("put", $"{queen}/leased", "1", $"--lease={lease}");
        Assert.Contains($"attached keys([{queen}/leased])", await etcdctl.MustAsync("lease", "timetolive", lease, "--keys"), StringComparison.Ordinal);
        Assert.Contains($"\n{lease}\n", await etcdctl.MustAsync("lease", "list"), StringComparison.Ordinal);
        Assert.Equal($"lease {lease} keepalived with TTL(100)\n", await etcdctl.MustAsync("lease", "keep-alive", "--once", lease));
        Assert.Equal($"lease {lease} revoked\n", await etcdctl.MustAsync("lease", "revoke", lease));
        Assert.Equal("", await etcdctl.MustAsync("get", $"{queen}/leased"));
        Assert.Equal($"lease {lease} already expired\n", await etcdctl.MustAsync("lease", "timetolive", lease));
    }

    [Fact]
    public async Task Every_queen_is_healthy_one_leads_and_all_are_listed()
    {
        int leaders = 0;
        foreach (string queen in Queens)
        {
            Etcdctl etcdctl = Of(queen);
            ToolResult health = await etcdctl.RunAsync(["endpoint", "health"]);
            Assert.Contains("is healthy", health.Output + health.Error, StringComparison.Ordinal);
            leaders += (await etcdctl.MustAsync("endpoint", "status")).Split(", ")[4] == "true" ? 1 : 0;
            string[] members = (await etcdctl.MustAsync("member", "list")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(3, members.Length);
            Assert.All(members, member => Assert.Contains(", started, queen-", member, StringComparison.Ordinal));
        }
        Assert.Equal(1, leaders);
    }

    [Fact]
    public async Task Leadership_moves_where_it_is_told_to()
    {
        string[] lines = (await Of("queen-1").MustAsync("member", "list")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string leader = await world.Cluster.LeaderAsync();
        string[] target = lines.Select(line => line.Split(", ")).First(member => member[2] != leader);
        await Of(leader).MustAsync("move-leader", target[0]);
        await Tool.EventuallyAsync(async () => (await Of(target[2]).MustAsync("endpoint", "status")).Split(", ")[4] == "true", $"{target[2]} leads");
    }

    [Fact]
    public async Task A_lock_runs_one_command_at_a_time()
    {
        string gate = Path.Combine(world.Cluster.Folder, "lock-gate");
        using Process first = Of("queen-1").Start("lock", "e2e-lock", "--", "sh", "-c", $"echo held; while [ ! -e {gate} ]; do sleep 0.1; done");
        try
        {
            using var patience = new CancellationTokenSource(Tool.Patience);
            Assert.Equal("held", await first.StandardOutput.ReadLineAsync(patience.Token));
            Task<ToolResult> second = Of("queen-2").RunAsync(["lock", "e2e-lock", "echo", "mine"]);
            await Tool.EventuallyAsync(
                async () => (await Of("queen-3").MustAsync("get", "--prefix", "e2e-lock/", "--keys-only")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length == 2,
                "the second stands in the queue");
            Assert.False(second.IsCompleted);
            await File.WriteAllTextAsync(gate, "");
            Assert.Contains("mine", (await second).Output, StringComparison.Ordinal);
        }
        finally
        {
            if (!first.HasExited) first.Kill();
            await first.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task A_snapshot_is_saved_whole()
    {
        string file = Path.Combine(world.Cluster.Folder, "saved.snapshot");
        Assert.Equal($"Snapshot saved at {file}\n", await Of("queen-1").MustAsync("snapshot", "save", file));
        Assert.Equal(32, new FileInfo(file).Length % 512);
    }

    [Fact]
    public async Task Without_a_certificate_of_the_cluster_nothing_is_served()
    {
        var stranger = new Etcdctl(Of("queen-1").Endpoint, ["--cacert", Path.Combine(world.Cluster.Pki, "ca.crt"), "--command-timeout", "2s"]);
        ToolResult result = await stranger.RunAsync(["get", "a"]);
        Assert.NotEqual(0, result.ExitCode);
    }
}
