using Hive.Objects;
using Hive.Control.Controllers;

namespace Hive.Control.Scheduling;

/// <summary>
/// How good a node is for a pod that fits there: integers only, so that every machine comes to the same. Each part is 0 to 100, times its weight.
/// </summary>
public static class Scores
{
    private const int LeastAllocatedWeight = 1;
    private const int OwnerSpreadWeight = 4;
    private const int ZoneSpreadWeight = 2;
    private const int PreferenceWeight = 2;
    private const int SoftTaintWeight = 3;
    private const int SoftSkewWeight = 2;

    /// <param name="zones">Pods of the same controller in each zone.</param>
    public static long Of(NodeColumns nodes, int slot, PodShape shape, PodTopology? others, Dictionary<string, int>? zones)
    {
        var row = nodes.At(slot)!;
        long score = LeastAllocatedWeight * LeastAllocated(nodes, slot, row, shape);
        if (shape.Owner.Length > 0) score += OwnerSpreadWeight * Fewer(row.Owners.GetValueOrDefault(shape.Owner));
        if (zones is not null) score += ZoneSpreadWeight * Fewer(zones.GetValueOrDefault(row.Zone));
        if (shape.Affinity?.NodeAffinity is not null) score += PreferenceWeight * Math.Min(100, NodeMatching.Preference(row.Node.Value, shape));
        score += SoftTaintWeight * Fewer(SoftTaints(row, shape));
        if (others is not null) score += SoftSkewWeight * Fewer(others.PreferredSkew(row.Node.Value));
        return score;
    }

    /// <summary>The share of processor and memory that would remain free, per cent, averaged.</summary>
    private static long LeastAllocated(NodeColumns nodes, int slot, NodeColumns.Row row, PodShape shape) =>
        (Share(nodes.FreeMilliCpu[slot] - shape.MilliCpu, row.MilliCpu) + Share(nodes.FreeMemoryBytes[slot] - shape.MemoryBytes, row.MemoryBytes)) / 2;

    private static long Share(long free, long all) => all <= 0 ? 0 : Math.Clamp((long)((Int128)free * 100 / all), 0, 100);

    /// <summary>100 for none, less for each, never below 0.</summary>
    private static int Fewer(int count) => Math.Max(0, 100 - 10 * Math.Max(0, count));

    private static int SoftTaints(NodeColumns.Row row, PodShape shape)
    {
        int count = 0;
        foreach (var taint in row.Taints)
        {
            if (taint.Effect == TaintEffect.PreferNoSchedule && !NodeTaints.IsTolerated(shape.Tolerations, taint)) count++;
        }
        return count;
    }
}
