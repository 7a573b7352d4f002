using Hive.Objects;

namespace Hive.Control;

/// <summary>A record as it stood at a revision. Frozen: nobody may change what a view hands out.</summary>
public abstract class Stored(ObjectKey key, Revision createdAt, Revision modifiedAt)
{
    public ObjectKey Key { get; } = key;

    /// <summary>The revision that created this incarnation: the store's form of a UID.</summary>
    public Revision CreatedAt { get; } = createdAt;

    /// <summary>The revision of the last change: the object's <c>resourceVersion</c>.</summary>
    public Revision ModifiedAt { get; } = modifiedAt;

    /// <summary>The Kubernetes object, or null for Hive's own records.</summary>
    public abstract HiveObject? Object { get; }

    /// <summary>Metadata of the object; empty for Hive's own records.</summary>
    public ObjectMeta Metadata => Object?.Metadata ?? NoMetadata;

    public string Uid => Metadata.Uid;

    /// <summary>Someone asked for its deletion; it goes once nothing holds it.</summary>
    public bool IsTerminating => Metadata.DeletionTimestamp is not null;

    private static readonly ObjectMeta NoMetadata = new();

    public override string ToString() => $"{Key}@{ModifiedAt}";
}

/// <inheritdoc/>
public sealed class Stored<T>(ObjectKey key, Revision createdAt, Revision modifiedAt, T value) : Stored(key, createdAt, modifiedAt)
    where T : class
{
    public T Value { get; } = value;

    public override HiveObject? Object => Value as HiveObject;
}

/// <summary>One record changed: what it was and what it is. Null before a creation, null after a deletion.</summary>
public readonly record struct Change(ObjectKey Key, Stored? Before, Stored? After, Revision At)
{
    /// <summary>The record as <typeparamref name="T"/> before the change; null if it was absent or is another type.</summary>
    public T? Was<T>() where T : class => (Before as Stored<T>)?.Value;

    /// <summary>The record as <typeparamref name="T"/> after the change; null if it is gone or is another type.</summary>
    public T? Is<T>() where T : class => (After as Stored<T>)?.Value;
}
