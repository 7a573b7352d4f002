using Hive.Raft.Tests.Cluster;

namespace Hive.Raft.Tests;

/// <summary>The safety properties under a random network, random disks and random crashes; and progress once faults end.</summary>
public class RandomNetworkTests
{
    /// <summary>HIVE_RAFT_SEEDS=from-to runs other seeds than the usual ones.</summary>
    [Fact]
    public void Random_faults_break_no_safety_property_and_healing_brings_progress()
    {
        string[] range = (Environment.GetEnvironmentVariable("HIVE_RAFT_SEEDS") ?? "1-60").Split('-');
        int elections = 0, committed = 0, reads = 0;
        for (int seed = int.Parse(range[0]); seed <= int.Parse(range[1]); seed++)
        {
            var cluster = new RandomCluster(seed);
            try
            {
                cluster.Run(steps: 6000);
            }
            catch (Exception e)
            {
                throw new Xunit.Sdk.XunitException($"seed {seed} (HIVE_RAFT_SEEDS={seed}-{seed}): {e.Message}\n{e.StackTrace}");
            }
            elections += cluster.Checker.Elections;
            committed += cluster.Checker.Committed;
            reads += cluster.Checker.ReadsChecked;
        }
        Assert.True(elections > 0 && committed > 0 && reads > 0, $"{elections} elections, {committed} entries, {reads} reads: nothing was tried");
    }
}
