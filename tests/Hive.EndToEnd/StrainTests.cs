using System.Diagnostics;
using Hive.EndToEnd.World;
using Xunit;

namespace Hive.EndToEnd;

/// <summary>A leader that still heartbeats and yet cannot keep up, on real processes.</summary>
public sealed class StrainTests
{
    /// <summary>On a machine that is busy itself a starved leader may be missed by the others before it hands over: then the next one is tried.</summary>
    private const int Tries = 5;

    [Fact]
    public async Task A_leader_that_gets_the_processor_only_now_and_then_hands_over_and_says_why()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        await using SteadyWriter writer = SteadyWriter.Start(cluster, "k/");
        await writer.MoreAsync(50, "at first");
        bool said = false;
        for (int i = 0; i < Tries && !said; i++) said = await HandsOverWhenStarvedAsync(cluster, await cluster.LeaderAsync());
        Assert.True(said, "no leader handed over");
        await writer.MoreAsync(50, "after it");
        await writer.MustAllBeThereAsync(cluster);
    }

    /// <summary>Three quarters of the time it stands still, each time for less than an election time-out, until it leads no more.</summary>
    private static async Task<bool> HandsOverWhenStarvedAsync(TestCluster cluster, string leader)
    {
        int id = cluster.ProcessId(leader);
        bool Said() => cluster.Printed(leader, "log").Contains("hands leadership over: its processor", StringComparison.Ordinal);
        using Process starving = Tool.Start("bash", ["-c", $"while kill -STOP {id}; do sleep 0.12; kill -CONT {id}; sleep 0.03; done"]);
        try
        {
            await Tool.EventuallyAsync(async () => Said() || await cluster.LeaderAsync() != leader, $"{leader} leads no more");
        }
        finally
        {
            starving.Kill();
            await starving.WaitForExitAsync();
            await Tool.RunAsync("kill", ["-CONT", $"{id}"]);
        }
        return Said();
    }
}
