using Hive.Objects;

namespace Hive.Control.Controllers;

/// <summary>
/// May pods be driven from one more node now? A function of what is stored, so that a new leader goes on at the same pace: most nodes of a
/// zone unready means that the zone is at fault, or Hive's sight of it, and moving pods would only make a storm.
/// </summary>
public static class EvictionPace
{
    /// <summary>Above this share of unready nodes (per cent) a zone is not drained any further. Kubernetes' value.</summary>
    private const int UnhealthyZonePercent = 55;

    /// <summary>With so few unready nodes the share says nothing.</summary>
    private const int UnhealthyZoneNodes = 3;

    /// <summary>Nodes of one zone from which pods may be driven within a window.</summary>
    private const int NodesPerWindow = 5;
    private const int WindowSeconds = 10;

    /// <summary>Null: now. Else the time at which to ask again; a far one when only a change of state can help.</summary>
    public static Time? WaitUntil(IView view, Node candidate, Time now)
    {
        string zone = NodeTaints.ZoneOf(candidate);
        int all = 0, unready = 0, ready = 0, recent = 0, first = 0;
        Time oldest = now;
        foreach (var stored in view.All<Node>())
        {
            // Not what was concluded about a node so far, but whether it lives: several lost at once are seen at once.
            bool isReady = NodeTaints.ReadyStatus(stored.Value) == ConditionStatus.True && NodeLivenessController.IsAlive(view, stored)
                && stored.Key.Name != candidate.Name;
            if (isReady) ready++;
            if (!string.Equals(NodeTaints.ZoneOf(stored.Value), zone, StringComparison.Ordinal)) continue;
            all++;
            if (isReady) continue;
            unready++;
            if (StartedDraining(stored.Value) is not { } since)
            {
                // All that are decided on this view share its allowance: those before it by name come first.
                if (string.CompareOrdinal(stored.Key.Name, candidate.Name) < 0 && NodeTaints.ReadyStatus(stored.Value).Length > 0) first++;
                continue;
            }
            if (since.AddSeconds(WindowSeconds) <= now) continue;
            recent++;
            if (since < oldest) oldest = since;
        }
        var never = now.AddSeconds(3_600);
        // Nowhere to go to: driving pods away would help nobody.
        if (ready == 0) return never;
        if (unready >= UnhealthyZoneNodes && unready * 100 > all * UnhealthyZonePercent && unready < all) return never;
        return recent + first < NodesPerWindow ? null : oldest.AddSeconds(WindowSeconds);
    }

    private static Time? StartedDraining(Node node)
    {
        foreach (var taint in node.Spec.Taints)
        {
            if (taint is { Key: NodeTaints.NotReady or NodeTaints.Unreachable, Effect: TaintEffect.NoExecute }) return taint.TimeAdded;
        }
        return null;
    }
}
