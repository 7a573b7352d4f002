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
    [Field("replicas", 1, Default = "1", Minimum = 0, Doc = "How many pods are wanted.")]
    public int? Replicas { get; init; }

    [Field("selector", 2, Required = true, Doc = "Which pods belong to the deployment; it cannot change.")]
    public LabelSelector? Selector { get; init; }

    [Field("template", 3, Required = true, Doc = "The pods to make.")]
    public PodTemplateSpec Template { get; init; } = new();

    [Field("strategy", 4, Patch = "retainKeys", Doc = "How pods are replaced.")]
    public DeploymentStrategy Strategy { get; init; } = new();

    [Field("minReadySeconds", 5, Minimum = 0, Doc = "Seconds that a pod must be ready to count as available.")]
    public int MinReadySeconds { get; init; }

    [Field("revisionHistoryLimit", 6, Default = "10", Minimum = 0, Doc = "How many old replica sets are kept.")]
    public int? RevisionHistoryLimit { get; init; }

    [Field("paused", 7, Doc = "Whether changes of the template wait.")]
    public bool Paused { get; init; }

    [Field("progressDeadlineSeconds", 9, Default = "600", Minimum = 0, Doc = "Seconds without progress that count as failure.")]
    public int? ProgressDeadlineSeconds { get; init; }
}

[Schema(ApiPackage.Apps, "What is known of a deployment.")]
public sealed record DeploymentStatus
{
    [Field("observedGeneration", 1, Doc = "The generation that this status speaks of.")]
    public long ObservedGeneration { get; init; }

    [Field("replicas", 2, Doc = "Pods that exist.")]
    public int Replicas { get; init; }

    [Field("updatedReplicas", 3, Doc = "Pods of the current template.")]
    public int UpdatedReplicas { get; init; }

    [Field("readyReplicas", 7, Doc = "Pods that are ready.")]
    public int ReadyReplicas { get; init; }

    [Field("availableReplicas", 4, Doc = "Pods that are available.")]
    public int AvailableReplicas { get; init; }

    [Field("unavailableReplicas", 5, Doc = "Pods that are missing.")]
    public int UnavailableReplicas { get; init; }

    [Field("terminatingReplicas", 9)]
    public int? TerminatingReplicas { get; init; }

    [Field("conditions", 6, Patch = "merge", MergeKey = "type", ListType = "map", ListKeys = "type", Doc = "Aspects of the state.")]
    public IReadOnlyList<DeploymentCondition> Conditions { get; init; } = [];

    [Field("collisionCount", 8, Doc = "How often a name of a replica set was taken.")]
    public int? CollisionCount { get; init; }
}

[Schema(ApiPackage.Apps, "How pods are replaced by newer ones.")]
public sealed record DeploymentStrategy
{
    [Field("type", 1, Default = "RollingUpdate", Enum = typeof(DeploymentStrategyType), Doc = "RollingUpdate or Recreate.")]
    public string Type { get; init; } = "";

    [Field("rollingUpdate", 2, Doc = "The bounds of a rolling update.")]
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
    [Field("maxUnavailable", 1, Default = "25%", Doc = "How many of the wanted pods may be missing: a number or a percentage.")]
    public IntOrString? MaxUnavailable { get; init; }

    [Field("maxSurge", 2, Default = "25%", Doc = "How many pods more than wanted there may be: a number or a percentage.")]
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
