namespace Hive.Objects;

[Schema(ApiPackage.Meta, "Objects laid out as rows and columns for people.")]
public sealed record Table() : TypedDocument("meta.k8s.io/v1", "Table")
{
    [Field("metadata", 0)]
    public ListMeta Metadata { get; init; } = new();

    [Field("columnDefinitions", 0, Required = true, Always = true, ListType = "atomic")]
    public IReadOnlyList<TableColumnDefinition>? ColumnDefinitions { get; init; }

    [Field("rows", 0, Required = true, Always = true, ListType = "atomic")]
    public IReadOnlyList<TableRow> Rows { get; init; } = [];
}

[Schema(ApiPackage.Meta, "The metadata of an object without the object.")]
public sealed record PartialObjectMetadata() : HiveObject("meta.k8s.io/v1", "PartialObjectMetadata");

[Schema(ApiPackage.Meta, "A column: its name, type and importance.")]
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

[Schema(ApiPackage.Meta, "The cells of one object.")]
public sealed record TableRow
{
    [Field("cells", 0, Required = true, Always = true, ListType = "atomic")]
    public IReadOnlyList<RawJson> Cells { get; init; } = [];

    [Field("conditions", 0, ListType = "atomic")]
    public IReadOnlyList<TableRowCondition> Conditions { get; init; } = [];

    [Field("object", 0)]
    public RawJson? Object { get; init; }
}

[Schema(ApiPackage.Meta, "A condition that applies to a row.")]
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
