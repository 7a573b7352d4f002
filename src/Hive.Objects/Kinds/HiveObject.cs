namespace Hive.Objects;

/// <summary>A document that names its own type: every object, list, and message of the API that stands alone on the wire.</summary>
public abstract record TypedDocument
{
    protected TypedDocument(string apiVersion, string kind)
    {
        ApiVersion = apiVersion;
        Kind = kind;
    }

    /// <summary>The kind, for example <c>Pod</c>. In protobuf it travels in the envelope, not in the message.</summary>
    [Field("kind", 0, Doc = "The name of the type that this document represents.")]
    public string Kind { get; init; }

    /// <summary><c>v1</c> for the core group, otherwise <c>group/version</c>.</summary>
    [Field("apiVersion", 0, Doc = "Group and version of the schema of this document.")]
    public string ApiVersion { get; init; }
}

/// <summary>
/// An object with metadata: what is stored, listed and watched. Objects are immutable; a change is made with <c>with</c>. Lists and maps are
/// never null where absent and empty mean the same.
/// </summary>
public abstract record HiveObject : TypedDocument
{
    protected HiveObject(string apiVersion, string kind) : base(apiVersion, kind)
    {
    }

    [Field("metadata", 1, Doc = "Standard metadata of the object.")]
    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>Short for <c>Metadata.Name</c>.</summary>
    public string Name => Metadata.Name;

    /// <summary>Short for <c>Metadata.Namespace</c>; "" for objects of the whole cluster.</summary>
    public string Namespace => Metadata.Namespace;
}

/// <summary>A page of objects of one kind, as answered to a list request.</summary>
[Schema("", "A list of objects and the revision at which it was read.")]
public sealed record ObjectList<T>() : TypedDocument(Prototype.ApiVersion, Prototype.Kind + "List") where T : HiveObject, new()
{
    private static readonly T Prototype = new();

    [Field("metadata", 1, Doc = "Metadata of the list.")]
    public ListMeta Metadata { get; init; } = new();

    [Field("items", 2, Required = true, Always = true, Doc = "The objects, in order of namespace and name.")]
    public IReadOnlyList<T> Items { get; init; } = [];
}
