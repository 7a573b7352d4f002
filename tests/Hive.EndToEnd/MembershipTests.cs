using System.Text.Json.Nodes;
using Hive.EndToEnd.World;
using Xunit;

namespace Hive.EndToEnd;

/// <summary>The membership changed by people, on real processes, while traffic runs.</summary>
public sealed class MembershipTests
{
    [Fact]
    public async Task Queens_are_added_replaced_and_removed_while_writes_go_on()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using SteadyWriter writer = SteadyWriter.Start(cluster, "k/");
        await writer.MoreAsync(50, "at first");

        cluster.Start("queen-4", await AddAsync(cluster, "queen-4"));
        await MustAsync(cluster, ["member", "add", "queen-4", .. Addresses(cluster, "queen-4"), "--wait"]);
        Assert.Equal(4, (await MembersAsync(cluster)).Count(m => (bool)m["votes"]!));
        await writer.MoreAsync(50, "with a fourth voter");

        string leader = await cluster.LeaderAsync();
        await MustAsync(cluster, "member", "remove", leader);
        Assert.Equal(0, await cluster.ExitCodeAsync(leader));
        Assert.Contains($"{leader} was removed from the cluster", cluster.Printed(leader, "log"), StringComparison.Ordinal);
        await cluster.LookAgainAsync();
        await writer.MoreAsync(50, "after the leader was removed");

        // One that is dead makes room for a new one of any name.
        string dead = await cluster.LeaderAsync();
        await cluster.KillAsync(dead);
        cluster.Start("queen-5", await AddAsync(cluster, "queen-5"));
        await MustAsync(cluster, ["member", "replace", dead, "queen-5", .. Addresses(cluster, "queen-5")]);
        await cluster.LookAgainAsync();
        Assert.Equal(cluster.Queens.Order(), (await MembersAsync(cluster)).Select(m => (string)m["name"]!).Order());
        await writer.MoreAsync(50, "after a replacement");
        await writer.MustAllBeThereAsync(cluster);
    }

    [Fact]
    public async Task A_learner_votes_once_it_is_promoted_and_what_cannot_be_is_refused_with_a_way_on()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(queens: 1);
        string[] start = await AddAsync(cluster, "queen-2", "--learner");
        JsonNode unstarted = (await MembersAsync(cluster)).Single(m => !(bool)m["votes"]!);
        Assert.Equal(("queen-2", "not started"), ((string)unstarted["name"]!, (string)unstarted["state"]!));
        cluster.Start("queen-2", start);
        await MustAsync(cluster, ["member", "add", "queen-2", .. Addresses(cluster, "queen-2"), "--learner", "--wait"]);
        Assert.Equal("learner", (string)(await MembersAsync(cluster)).Single(m => (string)m["name"]! == "queen-2")["state"]!);
        await MustAsync(cluster, "member", "promote", "queen-2");
        Assert.Equal("follower", (string)(await MembersAsync(cluster)).Single(m => (string)m["name"]! == "queen-2")["state"]!);

        Assert.Contains("votes already", await RefusedAsync(cluster, "member", "promote", "queen-2"), StringComparison.Ordinal);
        Assert.Contains("there are: queen-1", await RefusedAsync(cluster, "member", "remove", "queen-9"), StringComparison.Ordinal);
        Assert.Contains("is given twice", await RefusedAsync(cluster, ["member", "add", "queen-3", .. Addresses(cluster, "queen-2")], 2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Etcdctl_changes_the_membership_through_any_member_while_writes_go_on()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using SteadyWriter writer = SteadyWriter.Start(cluster, "k/");
        await writer.MoreAsync(50, "at first");
        foreach (string queen in cluster.Queens)
        {
            Etcdctl etcdctl = Etcdctl.Of(cluster, queen);
            string[] urls = [.. TestCluster.FreeAddresses(2).Select(a => "https://" + a)];
            string added = await etcdctl.MustAsync("member", "add", "new", $"--peer-urls={urls[0]}", "--learner");
            string id = added.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
            Assert.Contains("updated in cluster", await etcdctl.MustAsync("member", "update", id, $"--peer-urls={urls[1]}"), StringComparison.Ordinal);
            Assert.Contains($"{id}, unstarted, , {urls[1]}, , true", await etcdctl.MustAsync("member", "list"), StringComparison.Ordinal);
            Assert.Contains("promoted in cluster", await etcdctl.MustAsync("member", "promote", id), StringComparison.Ordinal);
            Assert.Contains("removed from cluster", await etcdctl.MustAsync("member", "remove", id), StringComparison.Ordinal);
        }
        Assert.Equal(3, (await MembersAsync(cluster)).Count);
        await writer.MoreAsync(50, "after the changes");
        await writer.MustAllBeThereAsync(cluster);
    }

    /// <returns>The words of the command that it printed to start the new queen.</returns>
    private static async Task<string[]> AddAsync(TestCluster cluster, string name, params string[] more)
    {
        IReadOnlyList<string> free = TestCluster.FreeAddresses(3);
        ToolResult added = await MustAsync(cluster, ["member", "add", name, "--peer", free[0], "--etcd", free[1], "--api", free[2], .. more]);
        await cluster.LookAgainAsync();
        string printed = Assert.Single(added.Output.Split('\n'), line => line.Contains(" queen --cluster ", StringComparison.Ordinal));
        return printed.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    /// <summary>The options that were given when it was added.</summary>
    private static string[] Addresses(TestCluster cluster, string name)
    {
        JsonNode entry = cluster.Description["queens"]!.AsArray().Single(q => (string)q!["name"]! == name)!;
        return ["--peer", (string)entry["peer"]!, "--etcd", (string)entry["etcd"]!, "--api", (string)entry["api"]!];
    }

    private static async Task<List<JsonNode>> MembersAsync(TestCluster cluster) =>
        [.. JsonNode.Parse((await MustAsync(cluster, "member", "list", "-o", "json")).Output)!["members"]!.AsArray().Select(m => m!)];

    private static async Task<ToolResult> MustAsync(TestCluster cluster, params string[] arguments)
    {
        ToolResult result = await cluster.HiveAsync(arguments);
        Assert.True(result.ExitCode == 0, result.All);
        return result;
    }

    private static Task<string> RefusedAsync(TestCluster cluster, params string[] arguments) => RefusedAsync(cluster, arguments, 1);

    private static async Task<string> RefusedAsync(TestCluster cluster, string[] arguments, int exitCode)
    {
        ToolResult result = await cluster.HiveAsync(arguments);
        Assert.True(result.ExitCode == exitCode, result.All);
        return result.Error;
    }
}
