namespace Hive.Objects;

[Schema(ApiPackage.Meta, "A query over labels: all pairs and all expressions must hold. An empty selector matches everything.", Atomic = true)]
public sealed record LabelSelector
{
    [Field("matchLabels", 1, Doc = "Labels that must be there with these values.")]
    public StringMap MatchLabels { get; init; } = StringMap.Empty;

    [Field("matchExpressions", 2, ListType = "atomic", Doc = "Conditions that must all hold.")]
    public IReadOnlyList<LabelSelectorRequirement> MatchExpressions { get; init; } = [];
}

[Schema(ApiPackage.Meta, "One condition on a label: a key, an operator and values.")]
public sealed record LabelSelectorRequirement
{
    [Field("key", 1, Required = true, Always = true, Doc = "The label.")]
    public string Key { get; init; } = "";

    [Field("operator", 2, Required = true, Always = true, Doc = "In, NotIn, Exists or DoesNotExist.")]
    public string Operator { get; init; } = "";

    [Field("values", 3, ListType = "atomic", Doc = "The values for In and NotIn.")]
    public IReadOnlyList<string> Values { get; init; } = [];
}

/// <summary>Values of LabelSelectorOperator.</summary>
public static class LabelSelectorOperator
{
    public const string In = "In";
    public const string NotIn = "NotIn";
    public const string Exists = "Exists";
    public const string DoesNotExist = "DoesNotExist";
}
