namespace Hive.Control.Scheduling;

/// <summary>
/// Chooses a node for one pod by looking at every row: a function of the columns and the pod. For shapes whose rules look at other pods, and the
/// oracle of <see cref="ShapeScan"/>, which comes to the same with less work.
/// </summary>
public static class Placement
{
    /// <summary>The slot of the best node; -1 when none fits.</summary>
    public static int Best(NodeColumns nodes, string podUid, PodShape shape, PodTopology? others, Revision at)
    {
        var zones = ZonesOf(nodes, shape);
        ulong podHash = StableHash.Of(podUid);
        int best = -1;
        long bestScore = 0;
        ulong bestTie = 0;
        for (int slot = 0; slot < nodes.SlotCount; slot++)
        {
            // An epoch beyond the view moved for a change that the view does not show yet: not this node, not yet.
            if (nodes.At(slot) is not { } row || row.Epoch > at) continue;
            if (Feasibility.Judge(nodes, slot, shape, others) != Verdict.Fits) continue;
            long score = Scores.Of(nodes, slot, shape, others) + Scores.ZonePart(row.Zone.Length == 0 ? 0 : zones.GetValueOrDefault(row.Zone));
            if (best >= 0 && score < bestScore) continue;
            ulong tie = Scores.Tie(podHash, row.NameHash);
            if (best >= 0 && score == bestScore && !Wins(nodes, slot, tie, best, bestTie)) continue;
            (best, bestScore, bestTie) = (slot, score, tie);
        }
        return best;
    }

    /// <summary>Of two equally good nodes the one with the higher tie value; of the same value the first by name. Never by slot.</summary>
    public static bool Wins(NodeColumns nodes, int slot, ulong tie, int best, ulong bestTie) =>
        tie > bestTie || (tie == bestTie && string.CompareOrdinal(nodes.At(slot)!.Name, nodes.At(best)!.Name) < 0);

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

    private static Dictionary<string, int> ZonesOf(NodeColumns nodes, PodShape shape)
    {
        var zones = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int slot = 0; slot < nodes.SlotCount && shape.Owner.Length > 0; slot++)
        {
            if (nodes.At(slot) is { Zone.Length: > 0 } row) zones[row.Zone] = zones.GetValueOrDefault(row.Zone) + row.Owners.GetValueOrDefault(shape.Owner);
        }
        return zones;
    }
}
