using Hive.Objects;

namespace Hive.Control.Scheduling;

/// <summary>Chooses a node for one pod: a function of the columns and the pod.</summary>
public static class Placement
{
    /// <summary>The slot of the best node; -1 when none fits, and then why.</summary>
    public static int Best(NodeColumns nodes, Stored<Pod> pod, PodShape shape, PodTopology? others, Revision at, out Tally? tally)
    {
        var zones = ZonesOf(nodes, shape);
        int best = -1;
        long bestScore = long.MinValue;
        ulong bestTie = 0;
        for (int slot = 0; slot < nodes.SlotCount; slot++)
        {
            // An epoch beyond the view moved for a change that the view does not show yet: not this node, not yet.
            if (nodes.At(slot) is not { } row || row.Epoch > at) continue;
            if (Feasibility.Judge(nodes, slot, shape, others) != Verdict.Fits) continue;
            long score = Scores.Of(nodes, slot, shape, others, zones);
            if (score < bestScore) continue;
            ulong tie = StableHash.Of(pod.Uid, row.Name);
            if (score == bestScore && (tie < bestTie || (tie == bestTie && string.CompareOrdinal(row.Name, nodes.At(best)!.Name) > 0))) continue;
            (best, bestScore, bestTie) = (slot, score, tie);
        }
        tally = best < 0 ? Explain(nodes, shape, others) : null;
        return best;
    }

    /// <summary>Why not, node by node.</summary>
    public static Tally Explain(NodeColumns nodes, PodShape shape, PodTopology? others)
    {
        var tally = new Tally();
        for (int slot = 0; slot < nodes.SlotCount; slot++)
        {
            if (nodes.At(slot) is not null) tally.Add(nodes, slot, shape, Feasibility.Judge(nodes, slot, shape, others));
        }
        return tally;
    }

    /// <summary>Pods of the shape's controller in each zone; null where zones do not matter.</summary>
    private static Dictionary<string, int>? ZonesOf(NodeColumns nodes, PodShape shape)
    {
        if (shape.Owner.Length == 0) return null;
        Dictionary<string, int>? zones = null;
        for (int slot = 0; slot < nodes.SlotCount; slot++)
        {
            if (nodes.At(slot) is not { } row || row.Zone.Length == 0) continue;
            zones ??= new Dictionary<string, int>(StringComparer.Ordinal);
            zones[row.Zone] = zones.GetValueOrDefault(row.Zone) + row.Owners.GetValueOrDefault(shape.Owner);
        }
        return zones;
    }
}
