namespace Hive.Objects;

[Schema(ApiPackage.Core, "Points at an object, or at a part of it.", Atomic = true)]
public sealed record ObjectReference
{
    [Field("kind", 1)]
    public string Kind { get; init; } = "";

    [Field("namespace", 2)]
    public string Namespace { get; init; } = "";

    [Field("name", 3)]
    public string Name { get; init; } = "";

    [Field("uid", 4)]
    public string Uid { get; init; } = "";

    [Field("apiVersion", 5)]
    public string ApiVersion { get; init; } = "";

    [Field("resourceVersion", 6)]
    public string ResourceVersion { get; init; } = "";

    [Field("fieldPath", 7)]
    public string FieldPath { get; init; } = "";
}

[Schema(ApiPackage.Core, "Points at an object in the same namespace by name.", Atomic = true)]
public sealed record LocalObjectReference
{
    [Field("name", 1, Default = "")]
    public string Name { get; init; } = "";
}

[Schema(ApiPackage.Core, "Points at an object of any kind in the same namespace.", Atomic = true)]
public sealed record TypedLocalObjectReference
{
    [Field("apiGroup", 1)]
    public string? ApiGroup { get; init; }

    [Field("kind", 2, Required = true, Always = true)]
    public string Kind { get; init; } = "";

    [Field("name", 3, Required = true, Always = true)]
    public string Name { get; init; } = "";
}

[Schema(ApiPackage.Core, "Points at a secret in any namespace.", Atomic = true)]
public sealed record SecretReference
{
    [Field("name", 1)]
    public string Name { get; init; } = "";

    [Field("namespace", 2)]
    public string Namespace { get; init; } = "";
}
