using Hive.EndToEnd.World;
using Xunit;

namespace Hive.EndToEnd;

/// <summary>How the processes of a cluster end.</summary>
public sealed class LifetimeTests
{
    /// <summary>Told to stop as soon as it has its data folder, which is long before it serves. A service manager takes another code than 0 for a failure.</summary>
    [Fact]
    public async Task A_queen_that_is_told_to_stop_while_she_starts_ends_with_0()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(queens: 1);
        await cluster.StopAsync("queen-1");
        string held = Path.Combine(cluster.Folder, "queen-1", "lock");
        for (int start = 0; start < 3; start++)
        {
            File.Delete(held);
            ToolResult ended = await Tool.RunAsync("sh", ["-c", "\"$@\" & queen=$!; until [ -e \"$held\" ] || ! kill -0 $queen; do :; done; kill -TERM $queen; wait $queen", "sh", Tool.Hive, "queen", "--cluster", Path.Combine(cluster.Folder, "cluster.json"), "--name", "queen-1"],
                new Dictionary<string, string> { ["held"] = held });
            Assert.True(ended.ExitCode == 0, ended.All);
        }
    }
}
