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

    /// <summary>All but the part for the node's zone, which changes for all of its nodes together (<see cref="ZonePart"/>).</summary>
    public static long Of(NodeColumns nodes, int slot, PodShape shape, PodTopology? others)
    {
        var row = nodes.At(slot)!;
        long score = LeastAllocatedWeight * LeastAllocated(nodes, slot, row, shape);
        if (shape.Owner.Length > 0) score += OwnerSpreadWeight * Fewer(row.Owners.GetValueOrDefault(shape.Owner));
        if (shape.Affinity?.NodeAffinity is not null) score += PreferenceWeight * Math.Min(100, NodeMatching.Preference(row.Node.Value, shape));
        score += SoftTaintWeight * Fewer(SoftTaints(row, shape));
        if (others is not null) score += SoftSkewWeight * Fewer(others.PreferredSkew(row.Node.Value));
        return score;
    }

    /// <param name="count">Pods of the same controller in the node's zone; a node without a zone counts as one with none.</param>
    public static long ZonePart(int count) => ZoneSpreadWeight * Fewer(count);

    /// <summary>Which of two equally good nodes: differs from pod to pod, and is the same on every machine.</summary>
    public static ulong Tie(ulong podHash, ulong nameHash)
    {
        ulong mixed = (podHash ^ nameHash) * 0x9E3779B97F4A7C15UL;
        return (mixed ^ (mixed >> 32)) * 0xD6E8FEB86659FD93UL;
    }

    /// <summary>The share of processor and memory that would remain free, per cent, averaged.</summary>
    private static long LeastAllocated(NodeColumns nodes, int slot, NodeColumns.Row row, PodShape shape) =>
        (Share(nodes.FreeMilliCpu[slot] - shape.MilliCpu, row.MilliCpu) + Share(nodes.FreeMemoryBytes[slot] - shape.MemoryBytes, row.MemoryBytes)) / 2;

    private static long Share(long free, long all)
    {
        if (all <= 0 || free <= 0) return 0;
        // Two bits of headroom above 100 times the amount, or else divide first: what is lost is below a thousandth.
        return Math.Min(100, all < long.MaxValue / 128 ? free * 100 / all : free / (all / 100));
    }

    /// <summary>100 for none, less for each, never below 0.</summary>
    private static int Fewer(int count) => Math.Max(0, 100 - 10 * Math.Max(0, count));

    private static int SoftTaints(NodeColumns.Row row, PodShape shape)
    {
        int count = 0;
        for (int i = 0; i < row.Taints.Count; i++)
        {
            var taint = row.Taints[i];
            if (taint.Effect == TaintEffect.PreferNoSchedule && !NodeTaints.IsTolerated(shape.Tolerations, taint)) count++;
        }
        return count;
    }
}
