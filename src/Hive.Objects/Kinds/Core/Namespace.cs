namespace Hive.Objects;

[Schema(ApiPackage.Core, "A scope for names. Deleting it deletes all that lies in it.")]
public sealed record Namespace() : HiveObject("v1", "Namespace")
{
    [Field("spec", 2)]
    public NamespaceSpec Spec { get; init; } = new();

    [Field("status", 3)]
    public NamespaceStatus Status { get; init; } = new();
}

[Schema(ApiPackage.Core, "What keeps a namespace from being removed.")]
public sealed record NamespaceSpec
{
    [Field("finalizers", 1, ListType = "atomic")]
    public IReadOnlyList<string> Finalizers { get; init; } = [];
}

[Schema(ApiPackage.Core, "The phase of a namespace.")]
public sealed record NamespaceStatus
{
    [Field("phase", 1, Default = "Active", Enum = typeof(NamespacePhase))]
    public string Phase { get; init; } = "";

    [Field("conditions", 2, Patch = "merge", MergeKey = "type", ListType = "map", ListKeys = "type")]
    public IReadOnlyList<NamespaceCondition> Conditions { get; init; } = [];
}

[Schema(ApiPackage.Core, "One aspect of the state of a namespace.")]
public sealed record NamespaceCondition
{
    [Field("type", 1, Required = true, Always = true)]
    public string Type { get; init; } = "";

    [Field("status", 2, Required = true, Always = true)]
    public string Status { get; init; } = "";

    [Field("lastTransitionTime", 4)]
    public Time? LastTransitionTime { get; init; }

    [Field("reason", 5)]
    public string Reason { get; init; } = "";

    [Field("message", 6)]
    public string Message { get; init; } = "";
}

/// <summary>Values of FinalizerName.</summary>
public static class FinalizerName
{
    public const string Kubernetes = "kubernetes";
}

/// <summary>Values of NamespacePhase.</summary>
public static class NamespacePhase
{
    public const string Active = "Active";
    public const string Terminating = "Terminating";
}

/// <summary>Values of NamespaceConditionType.</summary>
public static class NamespaceConditionType
{
    public const string NamespaceDeletionDiscoveryFailure = "NamespaceDeletionDiscoveryFailure";
    public const string NamespaceDeletionContentFailure = "NamespaceDeletionContentFailure";
    public const string NamespaceDeletionGroupVersionParsingFailure = "NamespaceDeletionGroupVersionParsingFailure";
    public const string NamespaceContentRemaining = "NamespaceContentRemaining";
    public const string NamespaceFinalizersRemaining = "NamespaceFinalizersRemaining";
}
