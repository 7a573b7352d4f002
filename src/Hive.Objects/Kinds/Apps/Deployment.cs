namespace Hive.Objects;

[Schema(ApiPackage.Apps, "Keeps a number of equal pods running and replaces them step by step when their template changes.")]
public sealed record Deployment() : HiveObject("apps/v1", "Deployment")
{
    [Field("spec", 2, Required = true)]
    public DeploymentSpec Spec { get; init; } = new();

    [Field("status", 3)]
    public DeploymentStatus Status { get; init; } = new();
}

[Schema(ApiPackage.Apps, "What is wanted of a deployment.")]
public sealed record DeploymentSpec
{
    [Field("replicas", 1, Default = "1", Minimum = 0)]
    public int? Replicas { get; init; }

    [Field("selector", 2, Required = true)]
    public LabelSelector? Selector { get; init; }

    [Field("template", 3, Required = true)]
    public PodTemplateSpec Template { get; init; } = new();

    [Field("strategy", 4, Patch = "retainKeys")]
    public DeploymentStrategy Strategy { get; init; } = new();

    [Field("minReadySeconds", 5, Minimum = 0)]
    public int MinReadySeconds { get; init; }

    [Field("revisionHistoryLimit", 6, Default = "10", Minimum = 0)]
    public int? RevisionHistoryLimit { get; init; }

    [Field("paused", 7)]
    public bool Paused { get; init; }

    [Field("progressDeadlineSeconds", 9, Default = "600", Minimum = 0)]
    public int? ProgressDeadlineSeconds { get; init; }
}

[Schema(ApiPackage.Apps, "What is known of a deployment.")]
public sealed record DeploymentStatus
{
    [Field("observedGeneration", 1)]
    public long ObservedGeneration { get; init; }

    [Field("replicas", 2)]
    public int Replicas { get; init; }

    [Field("updatedReplicas", 3)]
    public int UpdatedReplicas { get; init; }

    [Field("readyReplicas", 7)]
    public int ReadyReplicas { get; init; }

    [Field("availableReplicas", 4)]
    public int AvailableReplicas { get; init; }

    [Field("unavailableReplicas", 5)]
    public int UnavailableReplicas { get; init; }

    [Field("terminatingReplicas", 9)]
    public int? TerminatingReplicas { get; init; }

    [Field("conditions", 6, Patch = "merge", MergeKey = "type", ListType = "map", ListKeys = "type")]
    public IReadOnlyList<DeploymentCondition> Conditions { get; init; } = [];

    [Field("collisionCount", 8)]
    public int? CollisionCount { get; init; }
}

[Schema(ApiPackage.Apps, "How pods are replaced by newer ones.")]
public sealed record DeploymentStrategy
{
    [Field("type", 1, Default = "RollingUpdate", Enum = typeof(DeploymentStrategyType))]
    public string Type { get; init; } = "";

    [Field("rollingUpdate", 2)]
    public RollingUpdateDeployment? RollingUpdate { get; init; }
}

[Schema(ApiPackage.Apps, "One aspect of the state of a deployment.")]
public sealed record DeploymentCondition
{
    [Field("type", 1, Always = true)]
    public string Type { get; init; } = "";

    [Field("status", 2, Always = true)]
    public string Status { get; init; } = "";

    [Field("lastUpdateTime", 6)]
    public Time? LastUpdateTime { get; init; }

    [Field("lastTransitionTime", 7)]
    public Time? LastTransitionTime { get; init; }

    [Field("reason", 4)]
    public string Reason { get; init; } = "";

    [Field("message", 5)]
    public string Message { get; init; } = "";
}

[Schema(ApiPackage.Apps, "How far a rolling update may go above and below the wanted number.")]
public sealed record RollingUpdateDeployment
{
    [Field("maxUnavailable", 1, Default = "25%")]
    public IntOrString? MaxUnavailable { get; init; }

    [Field("maxSurge", 2, Default = "25%")]
    public IntOrString? MaxSurge { get; init; }
}

/// <summary>Values of DeploymentStrategyType.</summary>
public static class DeploymentStrategyType
{
    public const string Recreate = "Recreate";
    public const string RollingUpdate = "RollingUpdate";
}

/// <summary>Values of DeploymentConditionType.</summary>
public static class DeploymentConditionType
{
    public const string Available = "Available";
    public const string Progressing = "Progressing";
    public const string ReplicaFailure = "ReplicaFailure";
}
