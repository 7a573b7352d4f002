namespace Hive.Objects;

[Schema(ApiPackage.Meta, "What every object has: its name, identity, revision, labels and owners.")]
public sealed record ObjectMeta
{
    [Field("name", 1, Doc = "The name, unique for its kind in its namespace; it cannot change.")]
    public string Name { get; init; } = "";

    [Field("generateName", 2, Doc = "A prefix from which the server makes a unique name when none is given.")]
    public string GenerateName { get; init; } = "";

    [Field("namespace", 3, Doc = "The namespace; empty for objects of the whole cluster. It cannot change.")]
    public string Namespace { get; init; } = "";

    [Field("selfLink", 4)]
    public string SelfLink { get; init; } = "";

    [Field("uid", 5, Doc = "The identity of this object, never used again. Set by the server.")]
    public string Uid { get; init; } = "";

    [Field("resourceVersion", 6, Doc = "The revision at which the object last changed; sent back with an update it guards against overwriting a newer state.")]
    public string ResourceVersion { get; init; } = "";

    [Field("generation", 7, Doc = "Grows with every change of what is wanted.")]
    public long Generation { get; init; }

    [Field("creationTimestamp", 8, Doc = "When the object was made. Set by the server.")]
    public Time? CreationTimestamp { get; init; }

    [Field("deletionTimestamp", 9, Doc = "When the object is due to be gone. Set by the server on a request to delete.")]
    public Time? DeletionTimestamp { get; init; }

    [Field("deletionGracePeriodSeconds", 10, Doc = "Seconds given to the object to end by itself.")]
    public long? DeletionGracePeriodSeconds { get; init; }

    [Field("labels", 11, Doc = "Keys and values by which objects are selected.")]
    public StringMap Labels { get; init; } = StringMap.Empty;

    [Field("annotations", 12, Doc = "Keys and values for tools; not for selection.")]
    public StringMap Annotations { get; init; } = StringMap.Empty;

    [Field("ownerReferences", 13, Patch = "merge", MergeKey = "uid", ListType = "map", ListKeys = "uid", Doc = "Objects on which this one depends; it is collected when all are gone.")]
    public IReadOnlyList<OwnerReference> OwnerReferences { get; init; } = [];

    [Field("finalizers", 14, Patch = "merge", ListType = "set", Doc = "Those who must agree before the object is removed.")]
    public IReadOnlyList<string> Finalizers { get; init; } = [];

    [Field("managedFields", 17, ListType = "atomic", Doc = "Which manager set which fields.")]
    public IReadOnlyList<ManagedFieldsEntry> ManagedFields { get; init; } = [];
}

[Schema(ApiPackage.Meta, "Names an object on which this one depends; when all owners are gone the dependent is collected.", Atomic = true)]
public sealed record OwnerReference
{
    [Field("apiVersion", 5, Required = true, Always = true)]
    public string ApiVersion { get; init; } = "";

    [Field("kind", 1, Required = true, Always = true)]
    public string Kind { get; init; } = "";

    [Field("name", 3, Required = true, Always = true)]
    public string Name { get; init; } = "";

    [Field("uid", 4, Required = true, Always = true, Doc = "The identity of the owner.")]
    public string Uid { get; init; } = "";

    [Field("controller", 6, Doc = "Whether this owner is the one that manages the object.")]
    public bool? Controller { get; init; }

    [Field("blockOwnerDeletion", 7, Doc = "Whether the owner waits for this object in a foreground deletion.")]
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
