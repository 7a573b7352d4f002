namespace Hive.Objects;

[Schema(ApiPackage.Core, "What is known of a pod, as reported by its node.")]
public sealed record PodStatus
{
    [Field("observedGeneration", 17)]
    public long ObservedGeneration { get; init; }

    [Field("phase", 1, Default = "Pending", Enum = typeof(PodPhase), Doc = "Pending, Running, Succeeded, Failed or Unknown.")]
    public string Phase { get; init; } = "";

    [Field("conditions", 2, Patch = "merge", MergeKey = "type", ListType = "map", ListKeys = "type", Doc = "Aspects of the state.")]
    public IReadOnlyList<PodCondition> Conditions { get; init; } = [];

    [Field("message", 3, Doc = "Why the pod is in this state, for people.")]
    public string Message { get; init; } = "";

    [Field("reason", 4, Doc = "Why the pod is in this state, in one word.")]
    public string Reason { get; init; } = "";

    [Field("nominatedNodeName", 11, Doc = "The node on which room is being made.")]
    public string NominatedNodeName { get; init; } = "";

    [Field("hostIP", 5, Doc = "The address of the node.")]
    public string HostIP { get; init; } = "";

    [Field("hostIPs", 16, Patch = "merge", MergeKey = "ip", ListType = "atomic")]
    public IReadOnlyList<HostIP> HostIPs { get; init; } = [];

    [Field("podIP", 6, Doc = "The address of the pod.")]
    public string PodIP { get; init; } = "";

    [Field("podIPs", 12, Patch = "merge", MergeKey = "ip", ListType = "map", ListKeys = "ip", Doc = "All addresses of the pod.")]
    public IReadOnlyList<PodIP> PodIPs { get; init; } = [];

    [Field("startTime", 7, Doc = "When the node took the pod on.")]
    public Time? StartTime { get; init; }

    [Field("initContainerStatuses", 10, ListType = "atomic", Doc = "The states of the init containers.")]
    public IReadOnlyList<ContainerStatus> InitContainerStatuses { get; init; } = [];

    [Field("containerStatuses", 8, ListType = "atomic", Doc = "The states of the containers.")]
    public IReadOnlyList<ContainerStatus> ContainerStatuses { get; init; } = [];

    [Field("qosClass", 9, Enum = typeof(PodQOSClass), Doc = "Guaranteed, Burstable or BestEffort.")]
    public string QosClass { get; init; } = "";

    [Field("ephemeralContainerStatuses", 13, ListType = "atomic")]
    public IReadOnlyList<ContainerStatus> EphemeralContainerStatuses { get; init; } = [];

    [Field("resize", 14)]
    public string Resize { get; init; } = "";

    [Field("resourceClaimStatuses", 15, Patch = "merge,retainKeys", MergeKey = "name", ListType = "map", ListKeys = "name")]
    public IReadOnlyList<PodResourceClaimStatus> ResourceClaimStatuses { get; init; } = [];

    [Field("extendedResourceClaimStatus", 18)]
    public PodExtendedResourceClaimStatus? ExtendedResourceClaimStatus { get; init; }

    [Field("allocatedResources", 19)]
    public OrdinalMap<Quantity> AllocatedResources { get; init; } = OrdinalMap<Quantity>.Empty;

    [Field("resources", 20)]
    public ResourceRequirements? Resources { get; init; }

    [Field("nodeAllocatableResourceClaimStatuses", 21, Patch = "merge", MergeKey = "resourceClaimName", ListType = "map", ListKeys = "resourceClaimName")]
    public IReadOnlyList<NodeAllocatableResourceClaimStatus> NodeAllocatableResourceClaimStatuses { get; init; } = [];

    [Field("volumeHealth", 22, ListType = "map", ListKeys = "name")]
    public IReadOnlyList<PodVolumeHealth> VolumeHealth { get; init; } = [];
}

[Schema(ApiPackage.Core, "One aspect of the state of a pod.")]
public sealed record PodCondition
{
    [Field("type", 1, Required = true, Always = true)]
    public string Type { get; init; } = "";

    [Field("observedGeneration", 7)]
    public long ObservedGeneration { get; init; }

    [Field("status", 2, Required = true, Always = true)]
    public string Status { get; init; } = "";

    [Field("lastProbeTime", 3)]
    public Time? LastProbeTime { get; init; }

    [Field("lastTransitionTime", 4)]
    public Time? LastTransitionTime { get; init; }

    [Field("reason", 5)]
    public string Reason { get; init; } = "";

    [Field("message", 6)]
    public string Message { get; init; } = "";
}

[Schema(ApiPackage.Core, "An address of the node of a pod.")]
public sealed record HostIP
{
    [Field("ip", 1, Required = true, Always = true)]
    public string Ip { get; init; } = "";
}

[Schema(ApiPackage.Core, "An address of a pod.")]
public sealed record PodIP
{
    [Field("ip", 1, Required = true, Always = true)]
    public string Ip { get; init; } = "";
}

[Schema(ApiPackage.Core, "What is known of a container.")]
public sealed record ContainerStatus
{
    [Field("name", 1, Required = true, Always = true)]
    public string Name { get; init; } = "";

    [Field("state", 2)]
    public ContainerState State { get; init; } = new();

    [Field("lastState", 3)]
    public ContainerState LastState { get; init; } = new();

    [Field("ready", 4, Required = true, Always = true)]
    public bool Ready { get; init; }

    [Field("restartCount", 5, Required = true, Always = true)]
    public int RestartCount { get; init; }

    [Field("image", 6, Required = true, Always = true)]
    public string Image { get; init; } = "";

    [Field("imageID", 7, Required = true, Always = true)]
    public string ImageID { get; init; } = "";

    [Field("containerID", 8)]
    public string ContainerID { get; init; } = "";

    [Field("started", 9)]
    public bool? Started { get; init; }

    [Field("allocatedResources", 10)]
    public OrdinalMap<Quantity> AllocatedResources { get; init; } = OrdinalMap<Quantity>.Empty;

    [Field("resources", 11)]
    public ResourceRequirements? Resources { get; init; }

    [Field("volumeMounts", 12, Patch = "merge", MergeKey = "mountPath", ListType = "map", ListKeys = "mountPath")]
    public IReadOnlyList<VolumeMountStatus> VolumeMounts { get; init; } = [];

    [Field("user", 13)]
    public ContainerUser? User { get; init; }

    [Field("allocatedResourcesStatus", 14, Patch = "merge", MergeKey = "name", ListType = "map", ListKeys = "name")]
    public IReadOnlyList<ResourceStatus> AllocatedResourcesStatus { get; init; } = [];

    [Field("stopSignal", 15, Enum = typeof(Signal))]
    public string? StopSignal { get; init; }
}

[Schema(ApiPackage.Core, "The claim made for a pod.")]
public sealed record PodResourceClaimStatus
{
    [Field("name", 1, Required = true, Always = true)]
    public string Name { get; init; } = "";

    [Field("resourceClaimName", 2)]
    public string? ResourceClaimName { get; init; }
}

[Schema(ApiPackage.Core, "The claim made for extended resources of a pod.")]
public sealed record PodExtendedResourceClaimStatus
{
    [Field("requestMappings", 1, Required = true, Always = true, ListType = "atomic")]
    public IReadOnlyList<ContainerExtendedResourceRequest> RequestMappings { get; init; } = [];

    [Field("resourceClaimName", 2, Required = true, Always = true)]
    public string ResourceClaimName { get; init; } = "";
}

[Schema(ApiPackage.Core, "Allocatable resources that a claim of the pod takes.")]
public sealed record NodeAllocatableResourceClaimStatus
{
    [Field("resourceClaimName", 1, Required = true, Always = true)]
    public string ResourceClaimName { get; init; } = "";

    [Field("containers", 2, ListType = "set")]
    public IReadOnlyList<string> Containers { get; init; } = [];

    [Field("mapping", 4, Patch = "merge", MergeKey = "name", ListType = "map", ListKeys = "name")]
    public IReadOnlyList<NodeAllocatableMappedResources> Mapping { get; init; } = [];

    [Field("overhead", 5, Patch = "merge", MergeKey = "name", ListType = "map", ListKeys = "name")]
    public IReadOnlyList<NodeAllocatableOverheadResources> Overhead { get; init; } = [];
}

[Schema(ApiPackage.Core, "The health of a volume of the pod.")]
public sealed record PodVolumeHealth
{
    [Field("name", 1, Required = true, Always = true)]
    public string Name { get; init; } = "";

    [Field("healthConditions", 2, Patch = "merge", MergeKey = "status", ListType = "map", ListKeys = "status,reason")]
    public IReadOnlyList<VolumeHealthCondition> HealthConditions { get; init; } = [];

    [Field("lastTransitionTime", 3)]
    public Time? LastTransitionTime { get; init; }
}

[Schema(ApiPackage.Core, "Waiting, running or terminated: one of the three.")]
public sealed record ContainerState
{
    [Field("waiting", 1)]
    public ContainerStateWaiting? Waiting { get; init; }

    [Field("running", 2)]
    public ContainerStateRunning? Running { get; init; }

    [Field("terminated", 3)]
    public ContainerStateTerminated? Terminated { get; init; }
}

[Schema(ApiPackage.Core, "The state of a mount.")]
public sealed record VolumeMountStatus
{
    [Field("name", 1, Required = true, Always = true)]
    public string Name { get; init; } = "";

    [Field("mountPath", 2, Required = true, Always = true)]
    public string MountPath { get; init; } = "";

    [Field("readOnly", 3)]
    public bool ReadOnly { get; init; }

    [Field("recursiveReadOnly", 4)]
    public string? RecursiveReadOnly { get; init; }

    [Field("volumeStatus", 5)]
    public VolumeStatus? VolumeStatus { get; init; }
}

[Schema(ApiPackage.Core, "The user that a container runs as.")]
public sealed record ContainerUser
{
    [Field("linux", 1)]
    public LinuxContainerUser? Linux { get; init; }
}

[Schema(ApiPackage.Core, "The health of a resource given to a container.")]
public sealed record ResourceStatus
{
    [Field("name", 1, Required = true, Always = true)]
    public string Name { get; init; } = "";

    [Field("resources", 2, ListType = "map", ListKeys = "resourceID")]
    public IReadOnlyList<ResourceHealth> Resources { get; init; } = [];
}

[Schema(ApiPackage.Core, "An extended resource of a container and its request.")]
public sealed record ContainerExtendedResourceRequest
{
    [Field("containerName", 1, Required = true, Always = true)]
    public string ContainerName { get; init; } = "";

    [Field("resourceName", 2, Required = true, Always = true)]
    public string ResourceName { get; init; } = "";

    [Field("requestName", 3, Required = true, Always = true)]
    public string RequestName { get; init; } = "";
}

[Schema(ApiPackage.Core, "Allocatable resources by name.")]
public sealed record NodeAllocatableMappedResources
{
    [Field("name", 1, Required = true, Always = true)]
    public string Name { get; init; } = "";

    [Field("quantity", 2, Required = true)]
    public Quantity? Quantity { get; init; }
}

[Schema(ApiPackage.Core, "Overhead of allocatable resources.")]
public sealed record NodeAllocatableOverheadResources
{
    [Field("name", 1, Required = true, Always = true)]
    public string Name { get; init; } = "";

    [Field("perPod", 2)]
    public Quantity? PerPod { get; init; }

    [Field("perContainer", 3)]
    public Quantity? PerContainer { get; init; }
}

[Schema(ApiPackage.Core, "One aspect of the health of a volume.")]
public sealed record VolumeHealthCondition
{
    [Field("status", 1, Required = true, Always = true, Enum = typeof(VolumeHealthStatusType))]
    public string Status { get; init; } = "";

    [Field("reason", 2, Required = true, Always = true)]
    public string Reason { get; init; } = "";

    [Field("message", 3)]
    public string Message { get; init; } = "";
}

[Schema(ApiPackage.Core, "Not running yet, and why.")]
public sealed record ContainerStateWaiting
{
    [Field("reason", 1)]
    public string Reason { get; init; } = "";

    [Field("message", 2)]
    public string Message { get; init; } = "";
}

[Schema(ApiPackage.Core, "Running since a time.")]
public sealed record ContainerStateRunning
{
    [Field("startedAt", 1)]
    public Time? StartedAt { get; init; }
}

[Schema(ApiPackage.Core, "Ended, and how.")]
public sealed record ContainerStateTerminated
{
    [Field("exitCode", 1, Required = true, Always = true)]
    public int ExitCode { get; init; }

    [Field("signal", 2)]
    public int Signal { get; init; }

    [Field("reason", 3)]
    public string Reason { get; init; } = "";

    [Field("message", 4)]
    public string Message { get; init; } = "";

    [Field("startedAt", 5)]
    public Time? StartedAt { get; init; }

    [Field("finishedAt", 6)]
    public Time? FinishedAt { get; init; }

    [Field("containerID", 7)]
    public string ContainerID { get; init; } = "";
}

[Schema(ApiPackage.Core, "The state of a mounted volume.")]
public sealed record VolumeStatus
{
    [Field("image", 1)]
    public ImageVolumeStatus? Image { get; init; }
}

[Schema(ApiPackage.Core, "User and groups of a process on Linux.")]
public sealed record LinuxContainerUser
{
    [Field("uid", 1, Required = true, Always = true)]
    public long Uid { get; init; }

    [Field("gid", 2, Required = true, Always = true)]
    public long Gid { get; init; }

    [Field("supplementalGroups", 3, ListType = "atomic")]
    public IReadOnlyList<long> SupplementalGroups { get; init; } = [];
}

[Schema(ApiPackage.Core, "The health of a device.")]
public sealed record ResourceHealth
{
    [Field("resourceID", 1, Required = true, Always = true)]
    public string ResourceID { get; init; } = "";

    [Field("health", 2)]
    public string Health { get; init; } = "";

    [Field("message", 6)]
    public string? Message { get; init; }
}

[Schema(ApiPackage.Core, "The state of an image volume.")]
public sealed record ImageVolumeStatus
{
    [Field("imageRef", 1, Required = true)]
    public string ImageRef { get; init; } = "";
}

/// <summary>Values of PodPhase.</summary>
public static class PodPhase
{
    public const string Pending = "Pending";
    public const string Running = "Running";
    public const string Succeeded = "Succeeded";
    public const string Failed = "Failed";
    public const string Unknown = "Unknown";
}

/// <summary>Values of PodQOSClass.</summary>
public static class PodQOSClass
{
    public const string Guaranteed = "Guaranteed";
    public const string Burstable = "Burstable";
    public const string BestEffort = "BestEffort";
}

/// <summary>Values of PodResizeStatus.</summary>
public static class PodResizeStatus
{
    public const string InProgress = "InProgress";
    public const string Deferred = "Deferred";
    public const string Infeasible = "Infeasible";
}

/// <summary>Values of PodConditionType.</summary>
public static class PodConditionType
{
    public const string ContainersReady = "ContainersReady";
    public const string Initialized = "Initialized";
    public const string Ready = "Ready";
    public const string PodScheduled = "PodScheduled";
    public const string DisruptionTarget = "DisruptionTarget";
    public const string PodReadyToStartContainers = "PodReadyToStartContainers";
    public const string PodResizePending = "PodResizePending";
    public const string PodResizeInProgress = "PodResizeInProgress";
    public const string AllContainersRestarting = "AllContainersRestarting";
}

/// <summary>Values of VolumeHealthStatusType.</summary>
public static class VolumeHealthStatusType
{
    public const string Inaccessible = "Inaccessible";
    public const string DataLoss = "DataLoss";
    public const string Degraded = "Degraded";
}

/// <summary>Values of ResourceHealthStatus.</summary>
public static class ResourceHealthStatus
{
    public const string Healthy = "Healthy";
    public const string Unhealthy = "Unhealthy";
    public const string Unknown = "Unknown";
}
