using Hive.Objects;

namespace Hive.Control;

/// <summary>A label selector, ready to be matched. <see cref="Nothing"/> matches no object, an empty one every object.</summary>
public sealed class Selector
{
    /// <summary>What an absent selector means: nothing is selected.</summary>
    public static readonly Selector Nothing = new([], [], never: true);

    private readonly IReadOnlyList<LabelSelectorRequirement> _requirements;
    private readonly bool _never;

    private Selector(IReadOnlyList<KeyValuePair<string, string>> equalities, IReadOnlyList<LabelSelectorRequirement> requirements, bool never = false)
    {
        Equalities = equalities;
        _requirements = requirements;
        _never = never;
    }

    /// <summary>The label = value terms, in label order: what an index can answer.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Equalities { get; }

    public static Selector Of(StringMap labels) => new([.. labels], []);

    public static Selector Of(LabelSelector? selector) =>
        selector is null ? Nothing : new([.. selector.MatchLabels], selector.MatchExpressions);

    public bool Matches(StringMap labels)
    {
        if (_never) return false;
        foreach (var (key, value) in Equalities)
        {
            if (!string.Equals(labels.Get(key), value, StringComparison.Ordinal)) return false;
        }
        foreach (var requirement in _requirements)
        {
            if (!Holds(requirement, labels.Get(requirement.Key))) return false;
        }
        return true;
    }

    private static bool Holds(LabelSelectorRequirement requirement, string? value) => requirement.Operator switch
    {
        LabelSelectorOperator.In => value is not null && requirement.Values.Contains(value, StringComparer.Ordinal),
        LabelSelectorOperator.NotIn => value is null || !requirement.Values.Contains(value, StringComparer.Ordinal),
        LabelSelectorOperator.Exists => value is not null,
        LabelSelectorOperator.DoesNotExist => value is null,
        // Validation refuses other operators; an object that got past it selects nothing rather than everything.
        _ => false,
    };
}
