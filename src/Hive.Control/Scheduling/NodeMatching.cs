using System.Globalization;
using Hive.Objects;

namespace Hive.Control.Scheduling;

/// <summary>Node selector and node affinity. Terms are alternatives; within a term all requirements hold; a term without any matches nothing.</summary>
public static class NodeMatching
{
    public static bool Matches(Node node, PodShape shape)
    {
        for (int i = 0; i < shape.NodeSelector.Count; i++)
        {
            var (label, value) = shape.NodeSelector.At(i);
            if (!string.Equals(node.Metadata.Labels.Get(label), value, StringComparison.Ordinal)) return false;
        }
        var required = shape.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution;
        return required is null || required.NodeSelectorTerms.Any(term => Matches(node, term));
    }

    /// <summary>Weight of the preferred terms that the node meets.</summary>
    public static int Preference(Node node, PodShape shape)
    {
        int weight = 0;
        foreach (var preferred in shape.Affinity?.NodeAffinity?.PreferredDuringSchedulingIgnoredDuringExecution ?? [])
        {
            if (Matches(node, preferred.Preference)) weight += preferred.Weight;
        }
        return weight;
    }

    private static bool Matches(Node node, NodeSelectorTerm term)
    {
        if (term.MatchExpressions.Count == 0 && term.MatchFields.Count == 0) return false;
        foreach (var requirement in term.MatchExpressions)
        {
            if (!Holds(requirement, node.Metadata.Labels.Get(requirement.Key))) return false;
        }
        foreach (var requirement in term.MatchFields)
        {
            if (!Holds(requirement, requirement.Key == "metadata.name" ? node.Metadata.Name : null)) return false;
        }
        return true;
    }

    private static bool Holds(NodeSelectorRequirement requirement, string? value) => requirement.Operator switch
    {
        NodeSelectorOperator.In => value is not null && requirement.Values.Contains(value, StringComparer.Ordinal),
        NodeSelectorOperator.NotIn => value is null || !requirement.Values.Contains(value, StringComparer.Ordinal),
        NodeSelectorOperator.Exists => value is not null,
        NodeSelectorOperator.DoesNotExist => value is null,
        NodeSelectorOperator.Gt => TryNumbers(requirement, value, out long has, out long bound) && has > bound,
        NodeSelectorOperator.Lt => TryNumbers(requirement, value, out long has, out long bound) && has < bound,
        _ => false,
    };

    private static bool TryNumbers(NodeSelectorRequirement requirement, string? value, out long has, out long bound)
    {
        bound = 0;
        return long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out has)
            && requirement.Values.Count == 1
            && long.TryParse(requirement.Values[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out bound);
    }
}
