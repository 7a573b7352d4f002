namespace Hive.Objects;

[Schema(ApiPackage.Core, "A query over nodes: any of the terms must hold.", Atomic = true)]
public sealed record NodeSelector
{
    [Field("nodeSelectorTerms", 1, Required = true, Always = true, ListType = "atomic")]
    public IReadOnlyList<NodeSelectorTerm> NodeSelectorTerms { get; init; } = [];
}

[Schema(ApiPackage.Core, "A key of a ConfigMap.", Atomic = true)]
public sealed record ConfigMapKeySelector
{
    [Field("name", 1, Default = "", Inline = 1)]
    public string Name { get; init; } = "";

    [Field("key", 2, Required = true, Always = true)]
    public string Key { get; init; } = "";

    [Field("optional", 3)]
    public bool? Optional { get; init; }
}

[Schema(ApiPackage.Core, "A key of a Secret.", Atomic = true)]
public sealed record SecretKeySelector
{
    [Field("name", 1, Default = "", Inline = 1)]
    public string Name { get; init; } = "";

    [Field("key", 2, Required = true, Always = true)]
    public string Key { get; init; } = "";

    [Field("optional", 3)]
    public bool? Optional { get; init; }
}

[Schema(ApiPackage.Core, "A field of the pod itself.", Atomic = true)]
public sealed record ObjectFieldSelector
{
    [Field("apiVersion", 1, Default = "v1")]
    public string ApiVersion { get; init; } = "";

    [Field("fieldPath", 2, Required = true, Always = true)]
    public string FieldPath { get; init; } = "";
}

[Schema(ApiPackage.Core, "A resource request or limit of a container.", Atomic = true)]
public sealed record ResourceFieldSelector
{
    [Field("containerName", 1)]
    public string ContainerName { get; init; } = "";

    [Field("resource", 2, Required = true, Always = true)]
    public string Resource { get; init; } = "";

    [Field("divisor", 3)]
    public Quantity Divisor { get; init; }
}

[Schema(ApiPackage.Core, "A key in a file of environment variables.", Atomic = true)]
public sealed record FileKeySelector
{
    [Field("volumeName", 1, Required = true, Always = true)]
    public string VolumeName { get; init; } = "";

    [Field("path", 2, Required = true, Always = true)]
    public string Path { get; init; } = "";

    [Field("key", 3, Required = true, Always = true)]
    public string Key { get; init; } = "";

    [Field("optional", 4)]
    public bool? Optional { get; init; }
}

[Schema(ApiPackage.Core, "Conditions on labels and fields of a node; all must hold.", Atomic = true)]
public sealed record NodeSelectorTerm
{
    [Field("matchExpressions", 1, ListType = "atomic")]
    public IReadOnlyList<NodeSelectorRequirement> MatchExpressions { get; init; } = [];

    [Field("matchFields", 2, ListType = "atomic")]
    public IReadOnlyList<NodeSelectorRequirement> MatchFields { get; init; } = [];
}

[Schema(ApiPackage.Core, "One condition on a label or field of a node.")]
public sealed record NodeSelectorRequirement
{
    [Field("key", 1, Required = true, Always = true)]
    public string Key { get; init; } = "";

    [Field("operator", 2, Required = true, Always = true, Enum = typeof(NodeSelectorOperator))]
    public string Operator { get; init; } = "";

    [Field("values", 3, ListType = "atomic")]
    public IReadOnlyList<string> Values { get; init; } = [];
}

/// <summary>Values of NodeSelectorOperator.</summary>
public static class NodeSelectorOperator
{
    public const string In = "In";
    public const string NotIn = "NotIn";
    public const string Exists = "Exists";
    public const string DoesNotExist = "DoesNotExist";
    public const string Gt = "Gt";
    public const string Lt = "Lt";
}
