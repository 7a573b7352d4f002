namespace Hive.Objects;

[Schema(ApiPackage.Apps, "Keeps a number of equal pods running.")]
public sealed record ReplicaSet() : HiveObject("apps/v1", "ReplicaSet")
{
    [Field("spec", 2, Required = true)]
    public ReplicaSetSpec Spec { get; init; } = new();

    [Field("status", 3)]
    public ReplicaSetStatus Status { get; init; } = new();
}

[Schema(ApiPackage.Apps, "What is wanted of a replica set.")]
public sealed record ReplicaSetSpec
{
    [Field("replicas", 1, Default = "1", Minimum = 0, Doc = "How many pods are wanted.")]
    public int? Replicas { get; init; }

    [Field("minReadySeconds", 4, Minimum = 0, Doc = "Seconds that a pod must be ready to count as available.")]
    public int MinReadySeconds { get; init; }

    [Field("selector", 2, Required = true, Doc = "Which pods belong to the set; it cannot change.")]
    public LabelSelector? Selector { get; init; }

    [Field("template", 3, Doc = "The pods to make.")]
    public PodTemplateSpec Template { get; init; } = new();
}

[Schema(ApiPackage.Apps, "What is known of a replica set.")]
public sealed record ReplicaSetStatus
{
    [Field("replicas", 1, Required = true, Always = true)]
    public int Replicas { get; init; }

    [Field("fullyLabeledReplicas", 2)]
    public int FullyLabeledReplicas { get; init; }

    [Field("readyReplicas", 4)]
    public int ReadyReplicas { get; init; }

    [Field("availableReplicas", 5)]
    public int AvailableReplicas { get; init; }

    [Field("terminatingReplicas", 7)]
    public int? TerminatingReplicas { get; init; }

    [Field("observedGeneration", 3)]
    public long ObservedGeneration { get; init; }

    [Field("conditions", 6, Patch = "merge", MergeKey = "type", ListType = "map", ListKeys = "type")]
    public IReadOnlyList<ReplicaSetCondition> Conditions { get; init; } = [];
}

[Schema(ApiPackage.Apps, "One aspect of the state of a replica set.")]
public sealed record ReplicaSetCondition
{
    [Field("type", 1, Always = true)]
    public string Type { get; init; } = "";

    [Field("status", 2, Always = true)]
    public string Status { get; init; } = "";

    [Field("lastTransitionTime", 3)]
    public Time? LastTransitionTime { get; init; }

    [Field("reason", 4)]
    public string Reason { get; init; } = "";

    [Field("message", 5)]
    public string Message { get; init; } = "";
}

/// <summary>Values of ReplicaSetConditionType.</summary>
public static class ReplicaSetConditionType
{
    public const string ReplicaFailure = "ReplicaFailure";
}
