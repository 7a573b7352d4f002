using System.Text.Json.Nodes;
using Hive.EndToEnd.World;
using Xunit;
using Xunit.Abstractions;

namespace Hive.EndToEnd;

/// <summary>The one command of the README, with a container engine and without one.</summary>
public sealed class DemoTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("process")]
    [InlineData("docker")]
    public async Task The_demo_shows_what_it_promises_and_cleans_up(string runtime)
    {
        await using ContainerEngine? engine = runtime == "docker" ? await ContainerEngine.StartAsync() : null;
        string folder = Directory.CreateTempSubdirectory("hive-demo-").FullName;
        JsonNode cluster = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Tool.Repository, "cluster.json")))!;
        cluster["drones"]![0]!["runtime"] = runtime;
        string file = Path.Combine(folder, "cluster.json");
        await File.WriteAllTextAsync(file, cluster.ToJsonString());
        string example = Path.Combine(Tool.Repository, "examples", "example-deployment.yaml");

        ToolResult demo = await Tool.RunAsync(
            Tool.Hive, ["demo", "--once", "--cluster", file, "--example", example], engine?.Environment, patience: TimeSpan.FromMinutes(4));

        output.WriteLine(demo.All);
        Assert.True(demo.ExitCode == 0, demo.All);
        Assert.Equal(3, demo.Output.Split('\n').Count(l => l.EndsWith(" times", StringComparison.Ordinal)));
        Assert.Contains("every acknowledged write is there", demo.Output, StringComparison.Ordinal);
        Assert.Contains("all stopped and cleaned up", demo.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder, ".hive", "demo")), "the demo leaves its folder behind");
        if (engine is not null) Assert.Equal("", (await engine.RunAsync("ps", "-aq")).Trim());
        Directory.Delete(folder, recursive: true);
    }
}
