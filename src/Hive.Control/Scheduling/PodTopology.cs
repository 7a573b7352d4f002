using Hive.Objects;

namespace Hive.Control.Scheduling;

/// <summary>
/// Rules about where other pods are: topology spread, affinity and anti-affinity to pods, and the anti-affinity that placed pods have
/// to the one that is to be placed. Counted over all placed pods, assumed ones included, for one shape at one moment.
/// </summary>
public sealed class PodTopology
{
    private sealed record SpreadCount(TopologySpreadConstraint Constraint, SortedDictionary<string, int> Domains, int Least, bool Self);
    private sealed record AffinityCount(PodAffinityTerm Term, SortedSet<string> Domains, bool AnyMatch);

    private readonly List<SpreadCount> _spread = [];
    private readonly List<AffinityCount> _affinity = [];
    private readonly List<AffinityCount> _antiAffinity = [];
    private readonly List<(string TopologyKey, string Domain)> _repelled = [];
    private readonly PodShape _shape;

    private PodTopology(PodShape shape) => _shape = shape;

    /// <summary>Null: no rule of the shape, nor of any placed pod, looks at other pods.</summary>
    public static PodTopology? Of(NodeColumns nodes, PodShape shape, int placedWithRules)
    {
        if (!shape.LooksAtOtherPods && placedWithRules == 0) return null;
        var topology = new PodTopology(shape);
        foreach (var constraint in shape.Spread) topology.CountSpread(nodes, constraint);
        foreach (var term in shape.Affinity?.PodAffinity?.RequiredDuringSchedulingIgnoredDuringExecution ?? [])
            topology._affinity.Add(Count(nodes, shape, term));
        foreach (var term in shape.Affinity?.PodAntiAffinity?.RequiredDuringSchedulingIgnoredDuringExecution ?? [])
            topology._antiAffinity.Add(Count(nodes, shape, term));
        if (placedWithRules > 0) topology.CountRepelled(nodes);
        return topology;
    }

    public Verdict Judge(Node node)
    {
        foreach (var count in _spread)
        {
            if (count.Constraint.WhenUnsatisfiable != UnsatisfiableConstraintAction.DoNotSchedule) continue;
            if (node.Metadata.Labels.Get(count.Constraint.TopologyKey) is not { } domain) return Verdict.Spread;
            if (count.Domains.GetValueOrDefault(domain) + (count.Self ? 1 : 0) - count.Least > count.Constraint.MaxSkew) return Verdict.Spread;
        }
        foreach (var count in _affinity)
        {
            if (node.Metadata.Labels.Get(count.Term.TopologyKey) is not { } domain) return Verdict.Affinity;
            // The first of a group that wants to be together may go anywhere.
            bool first = !count.AnyMatch && Selects(count.Term, _shape, _shape);
            if (!first && !count.Domains.Contains(domain)) return Verdict.Affinity;
        }
        foreach (var count in _antiAffinity)
        {
            if (node.Metadata.Labels.Get(count.Term.TopologyKey) is { } domain && count.Domains.Contains(domain)) return Verdict.AntiAffinity;
        }
        foreach (var (topologyKey, domain) in _repelled)
        {
            if (string.Equals(node.Metadata.Labels.Get(topologyKey), domain, StringComparison.Ordinal)) return Verdict.AntiAffinity;
        }
        return Verdict.Fits;
    }

    /// <summary>How many more pods than the emptiest domain the node's domain holds, over all constraints that only prefer.</summary>
    public int PreferredSkew(Node node)
    {
        int skew = 0;
        foreach (var count in _spread)
        {
            if (node.Metadata.Labels.Get(count.Constraint.TopologyKey) is { } domain) skew += count.Domains.GetValueOrDefault(domain) - count.Least;
        }
        return skew;
    }

    private void CountSpread(NodeColumns nodes, TopologySpreadConstraint constraint)
    {
        var domains = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (int slot = 0; slot < nodes.SlotCount; slot++)
        {
            if (nodes.At(slot) is { } row && NodeMatching.Matches(row.Node.Value, _shape) && row.Node.Value.Metadata.Labels.Get(constraint.TopologyKey) is { } domain)
                domains.TryAdd(domain, 0);
        }
        var selector = Selector.Of(constraint.LabelSelector);
        foreach (var pod in nodes.Placed)
        {
            if (!string.Equals(pod.Shape.Namespace, _shape.Namespace, StringComparison.Ordinal) || !selector.Matches(pod.Shape.Labels)) continue;
            if (DomainOf(nodes, pod, constraint.TopologyKey) is { } domain && domains.TryGetValue(domain, out int had)) domains[domain] = had + 1;
        }
        int least = domains.Count < (constraint.MinDomains ?? 1) || domains.Count == 0 ? 0 : domains.Values.Min();
        _spread.Add(new SpreadCount(constraint, domains, least, selector.Matches(_shape.Labels)));
    }

    private static AffinityCount Count(NodeColumns nodes, PodShape shape, PodAffinityTerm term)
    {
        var domains = new SortedSet<string>(StringComparer.Ordinal);
        bool any = false;
        foreach (var pod in nodes.Placed)
        {
            if (!Selects(term, shape, pod.Shape)) continue;
            any = true;
            if (DomainOf(nodes, pod, term.TopologyKey) is { } domain) domains.Add(domain);
        }
        return new AffinityCount(term, domains, any);
    }

    private void CountRepelled(NodeColumns nodes)
    {
        foreach (var pod in nodes.Placed)
        {
            foreach (var term in pod.Shape.Affinity?.PodAntiAffinity?.RequiredDuringSchedulingIgnoredDuringExecution ?? [])
            {
                if (Selects(term, pod.Shape, _shape) && DomainOf(nodes, pod, term.TopologyKey) is { } domain) _repelled.Add((term.TopologyKey, domain));
            }
        }
    }

    /// <summary>Does the term of <paramref name="holder"/> speak of <paramref name="other"/>? No namespaces named: the holder's own.</summary>
    private static bool Selects(PodAffinityTerm term, PodShape holder, PodShape other)
    {
        bool inNamespace = term.Namespaces.Count > 0
            ? term.Namespaces.Contains(other.Namespace, StringComparer.Ordinal)
            : term.NamespaceSelector is not null || string.Equals(holder.Namespace, other.Namespace, StringComparison.Ordinal);
        return inNamespace && Selector.Of(term.LabelSelector).Matches(other.Labels);
    }

    private static string? DomainOf(NodeColumns nodes, PlacedPod pod, string topologyKey) =>
        nodes.TryFindSlot(pod.Node, out int slot) ? nodes.At(slot)!.Node.Value.Metadata.Labels.Get(topologyKey) : null;
}
