namespace Hive.Objects;

[Schema(ApiPackage.Meta, "How to delete: grace, preconditions and what becomes of dependents.")]
public sealed record DeleteOptions() : TypedDocument("v1", "DeleteOptions")
{
    [Field("gracePeriodSeconds", 1)]
    public long? GracePeriodSeconds { get; init; }

    [Field("preconditions", 2)]
    public Preconditions? Preconditions { get; init; }

    [Field("orphanDependents", 3)]
    public bool? OrphanDependents { get; init; }

    [Field("propagationPolicy", 4)]
    public string? PropagationPolicy { get; init; }

    [Field("dryRun", 5, ListType = "atomic")]
    public IReadOnlyList<string> DryRun { get; init; } = [];

    [Field("ignoreStoreReadErrorWithClusterBreakingPotential", 6)]
    public bool? IgnoreStoreReadErrorWithClusterBreakingPotential { get; init; }
}

[Schema(ApiPackage.Meta, "What must hold of the object for the request to be carried out.")]
public sealed record Preconditions
{
    [Field("uid", 1)]
    public string? Uid { get; init; }

    [Field("resourceVersion", 2)]
    public string? ResourceVersion { get; init; }
}

/// <summary>Values of DeletionPropagation.</summary>
public static class DeletionPropagation
{
    public const string Orphan = "Orphan";
    public const string Background = "Background";
    public const string Foreground = "Foreground";
}
