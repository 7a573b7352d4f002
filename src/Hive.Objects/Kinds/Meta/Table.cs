namespace Hive.Objects;

[Schema("Table")]
public sealed record Table() : TypedDocument("meta.k8s.io/v1", "Table")
{
    [Field("columnDefinitions", 0, Required = true, Always = true, ListType = "atomic")]
    public IReadOnlyList<TableColumnDefinition> ColumnDefinitions { get; init; } = [];

    [Field("rows", 0, Required = true, Always = true, ListType = "atomic")]
    public IReadOnlyList<TableRow> Rows { get; init; } = [];
}

[Schema("PartialObjectMetadata")]
public sealed record PartialObjectMetadata() : HiveObject("meta.k8s.io/v1", "PartialObjectMetadata")
{

}

[Schema("TableColumnDefinition")]
public sealed record TableColumnDefinition
{
    [Field("name", 0, Required = true, Always = true)]
    public string Name { get; init; } = "";

    [Field("type", 0, Required = true, Always = true)]
    public string Type { get; init; } = "";

    [Field("format", 0, Required = true, Always = true)]
    public string Format { get; init; } = "";

    [Field("description", 0, Required = true, Always = true)]
    public string Description { get; init; } = "";

    [Field("priority", 0, Required = true, Always = true)]
    public int Priority { get; init; }
}

[Schema("TableRow")]
public sealed record TableRow
{
    [Field("conditions", 0, ListType = "atomic")]
    public IReadOnlyList<TableRowCondition> Conditions { get; init; } = [];

    [Field("object", 0)]
    public RawJson? Object { get; init; }
}

[Schema("TableRowCondition")]
public sealed record TableRowCondition
{
    [Field("type", 0, Required = true, Always = true)]
    public string Type { get; init; } = "";

    [Field("status", 0, Required = true, Always = true)]
    public string Status { get; init; } = "";

    [Field("reason", 0)]
    public string Reason { get; init; } = "";

    [Field("message", 0)]
    public string Message { get; init; } = "";
}

/// <summary>Values of RowConditionType.</summary>
public static class RowConditionType
{
    public const string Completed = "Completed";
}
