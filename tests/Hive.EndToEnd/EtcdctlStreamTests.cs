using System.Diagnostics;
using Hive.EndToEnd.World;
using Xunit;

namespace Hive.EndToEnd;

/// <summary>etcdctl's commands that go on for a while, each against a queen and against etcd.</summary>
public sealed class EtcdctlStreamTests(EtcdctlStreamTests.Both world) : IClassFixture<EtcdctlStreamTests.Both>
{
    /// <summary>A queen and an etcd for all tests of this class: each uses keys of its own.</summary>
    public sealed class Both : IAsyncLifetime
    {
        public TestCluster Cluster { get; private set; } = null!;
        public EtcdProcess Etcd { get; private set; } = null!;

        public async Task InitializeAsync() => (Cluster, Etcd) = (await TestCluster.StartAsync(queens: 1, plain: true), await EtcdProcess.StartAsync());

        public async Task DisposeAsync()
        {
            await Etcd.DisposeAsync();
            await Cluster.DisposeAsync();
        }
    }

    public static TheoryData<string> Servers => ["etcd", "hive"];

    private Etcdctl Of(string server) => server == "etcd" ? world.Etcd.Client : Etcdctl.Plain(world.Cluster, "queen-1");

    [Theory, MemberData(nameof(Servers))]
    public async Task An_interactive_watch_takes_many_watches_and_tells_progress(string server)
    {
        Etcdctl etcdctl = Of(server);
        await using Running watch = new(etcdctl.Start("watch", "-i"));
        await watch.WriteAsync("watch i/a\n");
        await UntilHeardAsync(etcdctl, "i/a", watch);
        await watch.WriteAsync("watch i/b --prefix --prev-kv\n");
        await UntilHeardAsync(etcdctl, "i/b2", watch);
        await watch.WriteAsync("progress\n");
        await watch.UntilAsync(lines => lines.Any(line => line.StartsWith("progress notify: ", StringComparison.Ordinal)));
        await watch.WriteAsync("nonsense\n");
        watch.Process.StandardInput.Close();
        Assert.NotEqual(0, await watch.EndAsync());
    }

    [Theory, MemberData(nameof(Servers))]
    public async Task A_watch_runs_a_program_for_each_event(string server)
    {
        Etcdctl etcdctl = Of(server);
        await using Running watch = new(etcdctl.Start(
            "watch", "x/a", "--", "sh", "-c", "echo \"got $ETCD_WATCH_EVENT_TYPE $ETCD_WATCH_KEY $ETCD_WATCH_VALUE\""));
        await UntilHeardAsync(etcdctl, "x/a", watch);
        await etcdctl.MustAsync("put", "x/a", "last");
        await etcdctl.MustAsync("del", "x/a");
        await watch.UntilAsync(lines => lines.Contains("got \"PUT\" \"x/a\" \"last\"") && lines.Contains("got \"DELETE\" \"x/a\" \"\""));
    }

    [Theory, MemberData(nameof(Servers))]
    public async Task A_watch_from_a_compacted_revision_is_cancelled_with_its_reason(string server)
    {
        Etcdctl etcdctl = Of(server);
        for (int i = 0; i < 3; i++) await etcdctl.MustAsync("put", "old/a", $"{i}");
        long at = await Json.RevisionAsync(etcdctl, "old/a");
        await etcdctl.MustAsync("compact", $"{at}");
        ToolResult result = await etcdctl.RunAsync(["watch", "old/a", "--rev", $"{at - 1}"]);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("watch was canceled (etcdserver: mvcc: required revision has been compacted)", result.Output + result.Error, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Servers))]
    public async Task An_election_has_one_leader_and_passes_on(string server)
    {
        Etcdctl etcdctl = Of(server);
        await using Running listener = new(etcdctl.Start("elect", "-l", "e"));
        await using Running first = new(etcdctl.Start("elect", "e", "one"));
        await first.UntilAsync(lines => lines.Contains("one"));
        await listener.UntilAsync(lines => lines.Contains("one"));
        await using Running second = new(etcdctl.Start("elect", "e", "two"));
        await Tool.EventuallyAsync(
            async () => (await etcdctl.MustAsync("get", "--prefix", "e/", "--keys-only")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length == 2, "the second candidate stands");
        Assert.DoesNotContain("two", second.Lines);
        await first.InterruptAsync();
        await second.UntilAsync(lines => lines.Contains("two"));
        await listener.UntilAsync(lines => lines.Contains("two"));
    }

    [Theory, MemberData(nameof(Servers))]
    public async Task A_lock_is_held_until_interrupted_and_runs_a_program_that_knows_it(string server)
    {
        Etcdctl etcdctl = Of(server);
        await using Running first = new(etcdctl.Start("lock", "l"));
        await first.UntilAsync(lines => lines.Any(line => line.StartsWith("l/", StringComparison.Ordinal)));
        await first.InterruptAsync();
        ToolResult second = await etcdctl.RunAsync(["lock", "l", "--ttl=20", "--", "sh", "-c", "echo $ETCD_LOCK_KEY; test $ETCD_LOCK_REV -gt 0"]);
        Assert.True(second.ExitCode == 0 && second.Output.StartsWith("l/", StringComparison.Ordinal), second.All);
    }

    [Theory, MemberData(nameof(Servers))]
    public async Task Keep_alive_goes_on_until_it_is_stopped(string server)
    {
        Etcdctl etcdctl = Of(server);
        string lease = (await etcdctl.MustAsync("lease", "grant", "3")).Split(' ')[1];
        await using Running keeping = new(etcdctl.Start("lease", "keep-alive", lease));
        await keeping.UntilAsync(lines => lines.Count(line => line == $"lease {lease} keepalived with TTL(3)") >= 3);
        await etcdctl.MustAsync("lease", "revoke", lease);
        await keeping.UntilAsync(lines => lines.Contains($"lease {lease} expired or revoked."));
    }

    /// <summary>From the one to the other: what was there, what comes, and what goes.</summary>
    [Theory, MemberData(nameof(Servers))]
    public async Task A_mirror_follows(string from)
    {
        string to = from == "etcd" ? "hive" : "etcd";
        string prefix = $"mirror-of-{from}/";
        for (int i = 0; i < 50; i++) await Of(from).MustAsync("put", $"{prefix}{i:00}", $"{i}");
        await using Running mirror = new(Of(from).Start("make-mirror", "--prefix", prefix, Of(to).Endpoint));
        await Tool.EventuallyAsync(async () => await Of(to).MustAsync("get", $"{prefix}49") == $"{prefix}49\n49\n", "the base has been copied");
        await Of(from).RunAsync(["txn"], $"\nput {prefix}a 1\nput {prefix}b 2\ndel {prefix}00\n\n\n");
        await Tool.EventuallyAsync(async () => await Of(to).MustAsync("get", $"{prefix}b") == $"{prefix}b\n2\n", "the transaction has been copied");
        Assert.Equal(await Of(from).MustAsync("get", "--prefix", prefix), await Of(to).MustAsync("get", "--prefix", prefix));
    }

    /// <summary>A learner that never comes up: added, renamed and removed in the same words.</summary>
    [Theory, MemberData(nameof(Servers))]
    public async Task A_learner_is_added_updated_and_removed(string server)
    {
        Etcdctl etcdctl = Of(server);
        string added = Unpadded(await etcdctl.MustAsync("member", "add", "n", "--learner", "--peer-urls=http://127.0.0.1:1"));
        string id = added.Split(' ')[1];
        Assert.Equal(
            """
            Member ID added to cluster ID

            ETCD_NAME="n"
            ETCD_INITIAL_CLUSTER="PEERS"
            ETCD_INITIAL_ADVERTISE_PEER_URLS="ADDRESS"
            ETCD_INITIAL_CLUSTER_STATE="existing"

            """,
            System.Text.RegularExpressions.Regex.Replace(EtcdctlOutput.Plain(added), "(?<=INITIAL_CLUSTER=)\"[^\"]*\"", "\"PEERS\""));
        Assert.Contains($"{id}, unstarted, , http://127.0.0.1:1, , true", await etcdctl.MustAsync("member", "list"), StringComparison.Ordinal);
        Assert.NotEqual(0, (await etcdctl.RunAsync(["member", "add", "m", "--learner", "--peer-urls=http://127.0.0.1:1"])).ExitCode);
        Assert.StartsWith($"Member {id} updated in cluster", Unpadded(await etcdctl.MustAsync("member", "update", id, "--peer-urls=http://127.0.0.1:9")), StringComparison.Ordinal);
        Assert.Contains("http://127.0.0.1:9", await etcdctl.MustAsync("member", "list"), StringComparison.Ordinal);
        Assert.StartsWith($"Member {id} removed from cluster", Unpadded(await etcdctl.MustAsync("member", "remove", id)), StringComparison.Ordinal);
    }

    /// <summary>etcdctl pads an id to 16 places with spaces, so that one in sixteen begins with one.</summary>
    private static string Unpadded(string printed) => System.Text.RegularExpressions.Regex.Replace(printed, "  +", " ");

    [Fact]
    public async Task Checks_of_scale_and_rate_run_to_their_end()
    {
        Etcdctl etcdctl = Of("hive");
        ToolResult scale = await etcdctl.RunAsync(["check", "datascale", "--load=s"]);
        Assert.True(scale.ExitCode == 0 && scale.Output.Contains("PASS: Approximate system memory used", StringComparison.Ordinal), scale.All);
        // How fast is not asserted here: only that it writes for its minute, judges, and cleans up behind itself.
        ToolResult rate = await etcdctl.RunAsync(["check", "perf", "--load=s", "--auto-compact", "--auto-defrag"]);
        foreach (string judged in (string[])["Throughput", "Slowest request took", "Stddev"]) Assert.Contains(judged, rate.Output, StringComparison.Ordinal);
        Assert.Equal("", await etcdctl.MustAsync("get", "--prefix", "/etcdctl-check-perf/", "--keys-only"));
    }

    /// <summary>The file is Hive's own: etcd's tools keep it, and say at once that it is no database of theirs.</summary>
    [Fact]
    public async Task A_saved_snapshot_is_not_taken_for_a_database_of_etcd()
    {
        string file = Path.Combine(world.Cluster.Folder, "hive.snapshot");
        await Of("hive").MustAsync("snapshot", "save", file);
        ToolResult restore = await Of("hive").RunAsync(["snapshot", "restore", file, "--data-dir", Path.Combine(world.Cluster.Folder, "restored")]);
        Assert.NotEqual(0, restore.ExitCode);
        Assert.Contains("invalid database", restore.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_alarm_is_listed_and_disarmed()
    {
        Etcdctl etcdctl = Of("hive");
        using var http = new HttpClient { BaseAddress = new Uri(etcdctl.Endpoint) };
        using var raise = new StringContent("""{"action":"ACTIVATE","memberID":"77","alarm":"NOSPACE"}""");
        using HttpResponseMessage raised = await http.PostAsync(new Uri("/v3/maintenance/alarm", UriKind.Relative), raise);
        Assert.Equal("memberID:77 alarm:NOSPACE \n", await etcdctl.MustAsync("alarm", "list"));
        Assert.Contains("etcdserver: mvcc: database space exceeded", (await etcdctl.RunAsync(["put", "a", "1"])).Error, StringComparison.Ordinal);
        Assert.Equal("memberID:77 alarm:NOSPACE \n", await etcdctl.MustAsync("alarm", "disarm"));
        Assert.Equal("OK\n", await etcdctl.MustAsync("put", "a", "1"));
    }

    /// <summary>A watch says nothing when it begins: puts until it has heard one.</summary>
    private static Task UntilHeardAsync(Etcdctl etcdctl, string key, Running watch) => Tool.EventuallyAsync(async () =>
    {
        await etcdctl.MustAsync("put", key, "heard");
        return watch.Lines.Contains(key);
    }, $"the watch hears of {key}");
}
