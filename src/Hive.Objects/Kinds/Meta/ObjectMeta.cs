namespace Hive.Objects;

[Schema(ApiPackage.Meta, "What every object has: its name, identity, revision, labels and owners.")]
public sealed record ObjectMeta
{
    [Field("name", 1)]
    public string Name { get; init; } = "";

    [Field("generateName", 2)]
    public string GenerateName { get; init; } = "";

    [Field("namespace", 3)]
    public string Namespace { get; init; } = "";

    [Field("selfLink", 4)]
    public string SelfLink { get; init; } = "";

    [Field("uid", 5)]
    public string Uid { get; init; } = "";

    [Field("resourceVersion", 6)]
    public string ResourceVersion { get; init; } = "";

    [Field("generation", 7)]
    public long Generation { get; init; }

    [Field("creationTimestamp", 8)]
    public Time? CreationTimestamp { get; init; }

    [Field("deletionTimestamp", 9)]
    public Time? DeletionTimestamp { get; init; }

    [Field("deletionGracePeriodSeconds", 10)]
    public long? DeletionGracePeriodSeconds { get; init; }

    [Field("labels", 11)]
    public StringMap Labels { get; init; } = StringMap.Empty;

    [Field("annotations", 12)]
    public StringMap Annotations { get; init; } = StringMap.Empty;

    [Field("ownerReferences", 13, Patch = "merge", MergeKey = "uid", ListType = "map", ListKeys = "uid")]
    public IReadOnlyList<OwnerReference> OwnerReferences { get; init; } = [];

    [Field("finalizers", 14, Patch = "merge", ListType = "set")]
    public IReadOnlyList<string> Finalizers { get; init; } = [];

    [Field("managedFields", 17, ListType = "atomic")]
    public IReadOnlyList<ManagedFieldsEntry> ManagedFields { get; init; } = [];
}

[Schema(ApiPackage.Meta, "Names an object on which this one depends; when all owners are gone the dependent is collected.")]
public sealed record OwnerReference
{
    [Field("apiVersion", 5, Required = true, Always = true)]
    public string ApiVersion { get; init; } = "";

    [Field("kind", 1, Required = true, Always = true)]
    public string Kind { get; init; } = "";

    [Field("name", 3, Required = true, Always = true)]
    public string Name { get; init; } = "";

    [Field("uid", 4, Required = true, Always = true)]
    public string Uid { get; init; } = "";

    [Field("controller", 6)]
    public bool? Controller { get; init; }

    [Field("blockOwnerDeletion", 7)]
    public bool? BlockOwnerDeletion { get; init; }
}

[Schema(ApiPackage.Meta, "The fields that one manager owns, for server-side apply.")]
public sealed record ManagedFieldsEntry
{
    [Field("manager", 1)]
    public string Manager { get; init; } = "";

    [Field("operation", 2)]
    public string Operation { get; init; } = "";

    [Field("apiVersion", 3)]
    public string ApiVersion { get; init; } = "";

    [Field("time", 4)]
    public Time? Time { get; init; }

    [Field("fieldsType", 6)]
    public string FieldsType { get; init; } = "";

    [Field("fieldsV1", 7)]
    public RawJson? FieldsV1 { get; init; }

    [Field("subresource", 8)]
    public string Subresource { get; init; } = "";
}

/// <summary>Values of ManagedFieldsOperationType.</summary>
public static class ManagedFieldsOperationType
{
    public const string Apply = "Apply";
    public const string Update = "Update";
}
