using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Hive.Objects;

/// <summary>How a <see cref="LabelRequirement"/> compares.</summary>
public enum LabelOperator
{
    Equals,
    NotEquals,
    In,
    NotIn,
    Exists,
    DoesNotExist,
    GreaterThan,
    LessThan,
}

/// <summary>One condition on one label. Values are in ordinal order.</summary>
public sealed record LabelRequirement(string Key, LabelOperator Operator, IReadOnlyList<string> Values)
{
    public bool Matches(StringMap labels)
    {
        var has = labels.TryGetValue(Key, out var value);
        return Operator switch
        {
            LabelOperator.Exists => has,
            LabelOperator.DoesNotExist => !has,
            LabelOperator.Equals or LabelOperator.In => has && Values.Contains(value!),
            LabelOperator.NotEquals or LabelOperator.NotIn => !has || !Values.Contains(value!),
            LabelOperator.GreaterThan => TryNumbers(has, value, out var number, out var limit) && number > limit,
            _ => TryNumbers(has, value, out var number, out var limit) && number < limit,
        };
    }

    /// <summary>The condition as it is written in a selector.</summary>
    public override string ToString() => Operator switch
    {
        LabelOperator.Exists => Key,
        LabelOperator.DoesNotExist => "!" + Key,
        LabelOperator.Equals => $"{Key}={Values[0]}",
        LabelOperator.NotEquals => $"{Key}!={Values[0]}",
        LabelOperator.In => $"{Key} in ({string.Join(",", Values)})",
        LabelOperator.NotIn => $"{Key} notin ({string.Join(",", Values)})",
        LabelOperator.GreaterThan => $"{Key}>{Values[0]}",
        _ => $"{Key}<{Values[0]}",
    };

    private bool TryNumbers(bool has, string? value, out long number, out long limit)
    {
        number = limit = 0;
        return has && long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)
            && long.TryParse(Values[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out limit);
    }
}

/// <summary>A compiled query over labels: all requirements must hold. Comes from a selector string or from a <see cref="LabelSelector"/>.</summary>
public sealed class LabelQuery
{
    private readonly bool _nothing;

    private LabelQuery(IReadOnlyList<LabelRequirement> requirements, bool nothing = false)
    {
        Requirements = requirements;
        _nothing = nothing;
    }

    /// <summary>Matches every object.</summary>
    public static LabelQuery Everything { get; } = new([]);

    /// <summary>Matches no object.</summary>
    public static LabelQuery Nothing { get; } = new([], nothing: true);

    public IReadOnlyList<LabelRequirement> Requirements { get; }

    /// <summary>Whether there is nothing to check.</summary>
    public bool MatchesEverything => !_nothing && Requirements.Count == 0;

    /// <summary>Labels that must be equal, as a Service or ReplicationController selects.</summary>
    public static LabelQuery OfPairs(StringMap pairs) => new([.. pairs.Select(pair => new LabelRequirement(pair.Key, LabelOperator.Equals, [pair.Value]))]);

    /// <summary>Compiles a selector: absent matches nothing, empty matches everything. False for an unknown operator or a wrong number of values.</summary>
    public static bool TryCompile(LabelSelector? selector, [NotNullWhen(true)] out LabelQuery? query)
    {
        query = null;
        if (selector is null)
        {
            query = Nothing;
            return true;
        }
        var requirements = new List<LabelRequirement>();
        foreach (var (key, value) in selector.MatchLabels) requirements.Add(new LabelRequirement(key, LabelOperator.Equals, [value]));
        foreach (var expression in selector.MatchExpressions)
        {
            LabelOperator? compare = expression.Operator switch
            {
                LabelSelectorOperator.In => LabelOperator.In,
                LabelSelectorOperator.NotIn => LabelOperator.NotIn,
                LabelSelectorOperator.Exists => LabelOperator.Exists,
                LabelSelectorOperator.DoesNotExist => LabelOperator.DoesNotExist,
                _ => null,
            };
            var wantsValues = compare is LabelOperator.In or LabelOperator.NotIn;
            if (compare is null || wantsValues != expression.Values.Count > 0) return false;
            requirements.Add(new LabelRequirement(expression.Key, compare.Value, [.. expression.Values.Order(StringComparer.Ordinal)]));
        }
        query = new LabelQuery([.. requirements.OrderBy(r => r.Key, StringComparer.Ordinal)]);
        return true;
    }

    /// <summary>Reads a selector such as <c>app=web,tier in (a,b),!old</c>; the empty text matches everything.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out LabelQuery? query, out string error)
    {
        query = null;
        if (!LabelQueryParser.TryParse(text, out var requirements, out error)) return false;
        query = new LabelQuery(requirements);
        return true;
    }

    public bool Matches(StringMap labels)
    {
        if (_nothing) return false;
        for (var i = 0; i < Requirements.Count; i++)
        {
            if (!Requirements[i].Matches(labels)) return false;
        }
        return true;
    }

    /// <summary>The query as a selector string.</summary>
    public override string ToString() => string.Join(",", Requirements);
}
