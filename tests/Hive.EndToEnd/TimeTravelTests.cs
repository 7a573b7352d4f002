using System.Globalization;
using System.Text.Json.Nodes;
using Hive.EndToEnd.World;
using Xunit;

namespace Hive.EndToEnd;

/// <summary><c>hive kv get --at|history|diff|restore</c>, as a person uses them, on a real queen.</summary>
public sealed class TimeTravelTests
{
    [Fact]
    public async Task A_person_looks_back_sees_what_differs_and_goes_back()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(queens: 1);
        async Task<ToolResult> HiveAsync(int expected, params string[] arguments)
        {
            ToolResult result = await cluster.HiveAsync(["kv", .. arguments]);
            Assert.True(result.ExitCode == expected, $"hive kv {string.Join(' ', arguments)}: exit code {result.ExitCode}: {result.All}");
            return result;
        }
        await HiveAsync(0, "put", "app/config", """{"replicas":2,"image":"web:1"}""");
        await HiveAsync(0, "put", "app/name", "shop");
        long before = (long)JsonNode.Parse((await HiveAsync(0, "get", "app/name", "-o", "json")).Output)!["revision"]!;
        DateTimeOffset then = DateTimeOffset.UtcNow;
        await HiveAsync(0, "put", "app/config", """{"replicas":5,"image":"web:1"}""");
        await HiveAsync(0, "put", "app/extra", "x");
        await HiveAsync(0, "del", "app/name");
        string time = then.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);

        Assert.Equal("app/name\nshop\n", (await HiveAsync(0, "get", "app/name", "--at", time)).Output);
        Assert.Equal("app/name\nshop\n", (await HiveAsync(0, "get", "app/name", "--at", $"{before}")).Output);
        Assert.Equal("", (await HiveAsync(0, "get", "app/name", "--at", "0s ago")).Output);
        Assert.Contains("no point in time", (await HiveAsync(2, "get", "app/name", "--at", "yesterday")).Error, StringComparison.Ordinal);
        // Nothing was compacted yet: before the first write there was the empty store.
        Assert.Equal("", (await HiveAsync(0, "get", "app/", "--prefix", "--at", "-1h")).Output);

        string[] history = (await HiveAsync(0, "history", "app/name")).Output.Split('\n');
        Assert.Equal(["REVISION", "TIME", "VERSION", "LEASE", "VALUE"], history[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.EndsWith("(deleted)", history[1], StringComparison.Ordinal);
        Assert.EndsWith("shop", history[2], StringComparison.Ordinal);
        JsonNode json = JsonNode.Parse((await HiveAsync(0, "history", "app/config", "-o", "json", "--limit", "1")).Output)!;
        Assert.Equal((1, true, """{"replicas":5,"image":"web:1"}"""), (json["versions"]!.AsArray().Count, (bool)json["more"]!, (string?)json["versions"]![0]!["value"]));

        string diff = (await HiveAsync(1, "diff", "app/", "--from", time)).Output;
        Assert.StartsWith("~ app/config\n    .replicas: 2 -> 5\n+ app/extra\n  + x\n- app/name\n  - shop\n3 keys differ", diff, StringComparison.Ordinal);
        await HiveAsync(0, "diff", "app/", "--from", $"{before}", "--to", time);
        Assert.Contains("future revision; the newest is", (await HiveAsync(2, "diff", "app/", "--from", "999999")).Error, StringComparison.Ordinal);

        Assert.Contains("3 keys would be", (await HiveAsync(0, "restore", "app/", "--to", time, "--dry-run")).Output, StringComparison.Ordinal);
        Assert.Contains("say --yes", (await HiveAsync(2, "restore", "app/", "--to", time)).Error, StringComparison.Ordinal);
        await HiveAsync(1, "diff", "app/", "--from", time);
        Assert.Contains("3 keys are as at revision", (await HiveAsync(0, "restore", "app/", "--to", time, "--yes")).Output, StringComparison.Ordinal);
        Assert.Contains("No difference", (await HiveAsync(0, "diff", "app/", "--from", time)).Output, StringComparison.Ordinal);

        Assert.StartsWith("History is kept for 1h, and takes at most 50 %", (await HiveAsync(0, "retention")).Output, StringComparison.Ordinal);
        await HiveAsync(0, "retention", "--age", "3d12h", "--free-mib", "256", "--revisions", "1000");
        JsonNode kept = JsonNode.Parse((await HiveAsync(0, "retention", "-o", "json")).Output)!;
        Assert.Equal((302_400, 50, 256 << 20, 1000), ((int)kept["ageSeconds"]!, (int)kept["percentOfLive"]!, (int)kept["freeBytes"]!, (int)kept["revisions"]!));
        Assert.Contains("no length of time", (await HiveAsync(2, "retention", "--age", "long")).Error, StringComparison.Ordinal);
        Assert.Contains("history can be kept for 0 to", (await HiveAsync(1, "retention", "--percent", "-1")).Error, StringComparison.Ordinal);

        long now = (long)JsonNode.Parse((await HiveAsync(0, "get", "app/name", "-o", "json")).Output)!["revision"]!;
        Assert.Equal(0, (await cluster.EtcdctlAsync(null, "compact", $"{now}")).ExitCode);
        Assert.Contains($"compacted; kept is from revision {now} on, made 20", (await HiveAsync(1, "get", "app/name", "--at", $"{before}")).Error, StringComparison.Ordinal);
        Assert.Contains($"kept is from revision {now} on", (await HiveAsync(1, "get", "app/name", "--at", time)).Error, StringComparison.Ordinal);
        Assert.Contains($"kept is from revision {now} on", (await HiveAsync(1, "restore", "app/", "--to", time, "--yes")).Error, StringComparison.Ordinal);
    }
}
