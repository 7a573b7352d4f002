using System.Text.Json.Nodes;
using Hive.EndToEnd.World;
using Xunit;

namespace Hive.EndToEnd;

/// <summary>How the binary is set up to collect garbage decides for how long a large store holds everybody up; see Directory.Build.targets.</summary>
public sealed class CollectorTests
{
    [Fact]
    public async Task The_binary_keeps_the_thread_that_collects_beside_the_work()
    {
        JsonNode settings = JsonNode.Parse(await File.ReadAllTextAsync($"{Tool.Hive}.runtimeconfig.json"))!["runtimeOptions"]!["configProperties"]!;
        // The workstation collector would end it after 20 s without use.
        Assert.True((bool)settings["System.GC.Server"]!);
        Assert.Equal(1, (int)settings["System.GC.HeapCount"]!);
        Assert.True((bool)settings["System.GC.NoAffinitize"]!);
        Assert.Equal(4 << 20, (int)settings["System.GC.Gen0MaxBudget"]!);
        Assert.True((bool?)settings["System.GC.Concurrent"] ?? true);
    }
}
