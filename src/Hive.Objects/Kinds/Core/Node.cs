namespace Hive.Objects;

[Schema(ApiPackage.Core, "A machine that runs pods.")]
public sealed record Node() : HiveObject("v1", "Node")
{
    [Field("spec", 2)]
    public NodeSpec Spec { get; init; } = new();

    [Field("status", 3)]
    public NodeStatus Status { get; init; } = new();
}

[Schema(ApiPackage.Core, "What is wanted of a node.")]
public sealed record NodeSpec
{
    [Field("podCIDR", 1, Doc = "The addresses for pods on this node.")]
    public string PodCIDR { get; init; } = "";

    [Field("podCIDRs", 7, Patch = "merge", ListType = "set", Doc = "The address ranges for pods on this node.")]
    public IReadOnlyList<string> PodCIDRs { get; init; } = [];

    [Field("providerID", 3, Doc = "The machine in the words of its provider.")]
    public string ProviderID { get; init; } = "";

    [Field("unschedulable", 4, Doc = "Whether new pods are kept away.")]
    public bool Unschedulable { get; init; }

    [Field("taints", 5, ListType = "atomic", Doc = "What keeps pods away that do not tolerate it.")]
    public IReadOnlyList<Taint> Taints { get; init; } = [];

    [Field("configSource", 6)]
    public NodeConfigSource? ConfigSource { get; init; }

    [Field("externalID", 2)]
    public string ExternalID { get; init; } = "";

    [Field("podPreemptionPolicy", 8)]
    public NodePodPreemptionPolicy? PodPreemptionPolicy { get; init; }
}

[Schema(ApiPackage.Core, "What a node reports of itself.")]
public sealed record NodeStatus
{
    [Field("capacity", 1, Doc = "All that the node has.")]
    public OrdinalMap<Quantity> Capacity { get; init; } = OrdinalMap<Quantity>.Empty;

    [Field("allocatable", 2, Doc = "What is there for pods.")]
    public OrdinalMap<Quantity> Allocatable { get; init; } = OrdinalMap<Quantity>.Empty;

    [Field("phase", 3, Enum = typeof(NodePhase))]
    public string Phase { get; init; } = "";

    [Field("conditions", 4, Patch = "merge", MergeKey = "type", ListType = "map", ListKeys = "type", Doc = "Aspects of the state.")]
    public IReadOnlyList<NodeCondition> Conditions { get; init; } = [];

    [Field("addresses", 5, Patch = "merge", MergeKey = "type", ListType = "map", ListKeys = "type", Doc = "Addresses of the node.")]
    public IReadOnlyList<NodeAddress> Addresses { get; init; } = [];

    [Field("daemonEndpoints", 6)]
    public NodeDaemonEndpoints DaemonEndpoints { get; init; } = new();

    [Field("nodeInfo", 7, Doc = "Versions and identifiers.")]
    public NodeSystemInfo NodeInfo { get; init; } = new();

    [Field("images", 8, ListType = "atomic", Doc = "Images on the node.")]
    public IReadOnlyList<ContainerImage> Images { get; init; } = [];

    [Field("volumesInUse", 9, ListType = "atomic")]
    public IReadOnlyList<string> VolumesInUse { get; init; } = [];

    [Field("volumesAttached", 10, ListType = "atomic")]
    public IReadOnlyList<AttachedVolume> VolumesAttached { get; init; } = [];

    [Field("config", 11)]
    public NodeConfigStatus? Config { get; init; }

    [Field("runtimeHandlers", 12, ListType = "atomic")]
    public IReadOnlyList<NodeRuntimeHandler> RuntimeHandlers { get; init; } = [];

    [Field("features", 13)]
    public NodeFeatures? Features { get; init; }

    [Field("declaredFeatures", 14, ListType = "atomic")]
    public IReadOnlyList<string> DeclaredFeatures { get; init; } = [];
}

[Schema(ApiPackage.Core, "Keeps off all pods that do not tolerate it.")]
public sealed record Taint
{
    [Field("key", 1, Required = true, Always = true, Doc = "The key of the taint.")]
    public string Key { get; init; } = "";

    [Field("value", 2, Doc = "Its value.")]
    public string Value { get; init; } = "";

    [Field("effect", 3, Required = true, Always = true, Enum = typeof(TaintEffect), Doc = "NoSchedule, PreferNoSchedule or NoExecute.")]
    public string Effect { get; init; } = "";

    [Field("timeAdded", 4, Doc = "When the taint was set.")]
    public Time? TimeAdded { get; init; }
}

[Schema(ApiPackage.Core, "Obsolete: a source of node configuration.")]
public sealed record NodeConfigSource
{
    [Field("configMap", 2)]
    public ConfigMapNodeConfigSource? ConfigMap { get; init; }
}

[Schema(ApiPackage.Core, "How pods on the node may be preempted.")]
public sealed record NodePodPreemptionPolicy
{
    [Field("disableResizePreemption", 1, ListType = "set")]
    public IReadOnlyList<string> DisableResizePreemption { get; init; } = [];
}

[Schema(ApiPackage.Core, "One aspect of the state of a node.")]
public sealed record NodeCondition
{
    [Field("type", 1, Required = true, Always = true)]
    public string Type { get; init; } = "";

    [Field("status", 2, Required = true, Always = true)]
    public string Status { get; init; } = "";

    [Field("lastHeartbeatTime", 3)]
    public Time? LastHeartbeatTime { get; init; }

    [Field("lastTransitionTime", 4)]
    public Time? LastTransitionTime { get; init; }

    [Field("reason", 5)]
    public string Reason { get; init; } = "";

    [Field("message", 6)]
    public string Message { get; init; } = "";
}

[Schema(ApiPackage.Core, "An address of a node.")]
public sealed record NodeAddress
{
    [Field("type", 1, Required = true, Always = true)]
    public string Type { get; init; } = "";

    [Field("address", 2, Required = true, Always = true)]
    public string Address { get; init; } = "";
}

[Schema(ApiPackage.Core, "The ports of the daemons on a node.")]
public sealed record NodeDaemonEndpoints
{
    [Field("kubeletEndpoint", 1)]
    public DaemonEndpoint KubeletEndpoint { get; init; } = new();
}

[Schema(ApiPackage.Core, "Identifiers and versions of a node.")]
public sealed record NodeSystemInfo
{
    [Field("machineID", 1, Required = true, Always = true)]
    public string MachineID { get; init; } = "";

    [Field("systemUUID", 2, Required = true, Always = true)]
    public string SystemUUID { get; init; } = "";

    [Field("bootID", 3, Required = true, Always = true)]
    public string BootID { get; init; } = "";

    [Field("kernelVersion", 4, Required = true, Always = true)]
    public string KernelVersion { get; init; } = "";

    [Field("osImage", 5, Required = true, Always = true)]
    public string OsImage { get; init; } = "";

    [Field("containerRuntimeVersion", 6, Required = true, Always = true)]
    public string ContainerRuntimeVersion { get; init; } = "";

    [Field("kubeletVersion", 7, Required = true, Always = true)]
    public string KubeletVersion { get; init; } = "";

    [Field("kubeProxyVersion", 8, Required = true, Always = true)]
    public string KubeProxyVersion { get; init; } = "";

    [Field("operatingSystem", 9, Required = true, Always = true)]
    public string OperatingSystem { get; init; } = "";

    [Field("architecture", 10, Required = true, Always = true)]
    public string Architecture { get; init; } = "";

    [Field("swap", 11)]
    public NodeSwapStatus? Swap { get; init; }
}

[Schema(ApiPackage.Core, "An image present on a node.")]
public sealed record ContainerImage
{
    [Field("names", 1, Always = true, ListType = "atomic")]
    public IReadOnlyList<string> Names { get; init; } = [];

    [Field("sizeBytes", 2)]
    public long SizeBytes { get; init; }
}

[Schema(ApiPackage.Core, "A volume attached to a node.")]
public sealed record AttachedVolume
{
    [Field("name", 1, Required = true, Always = true)]
    public string Name { get; init; } = "";

    [Field("devicePath", 2, Required = true, Always = true)]
    public string DevicePath { get; init; } = "";
}

[Schema(ApiPackage.Core, "Obsolete: the state of node configuration.")]
public sealed record NodeConfigStatus
{
    [Field("assigned", 1)]
    public NodeConfigSource? Assigned { get; init; }

    [Field("active", 2)]
    public NodeConfigSource? Active { get; init; }

    [Field("lastKnownGood", 3)]
    public NodeConfigSource? LastKnownGood { get; init; }

    [Field("error", 4)]
    public string Error { get; init; } = "";
}

[Schema(ApiPackage.Core, "A runtime handler on the node.")]
public sealed record NodeRuntimeHandler
{
    [Field("name", 1, Always = true)]
    public string Name { get; init; } = "";

    [Field("features", 2)]
    public NodeRuntimeHandlerFeatures? Features { get; init; }
}

[Schema(ApiPackage.Core, "Features of the runtime on a node.")]
public sealed record NodeFeatures
{
    [Field("supplementalGroupsPolicy", 1)]
    public bool? SupplementalGroupsPolicy { get; init; }
}

[Schema(ApiPackage.Core, "Obsolete: a ConfigMap with node configuration.")]
public sealed record ConfigMapNodeConfigSource
{
    [Field("namespace", 1, Required = true, Always = true)]
    public string Namespace { get; init; } = "";

    [Field("name", 2, Required = true, Always = true)]
    public string Name { get; init; } = "";

    [Field("uid", 3)]
    public string Uid { get; init; } = "";

    [Field("resourceVersion", 4)]
    public string ResourceVersion { get; init; } = "";

    [Field("kubeletConfigKey", 5, Required = true, Always = true)]
    public string KubeletConfigKey { get; init; } = "";
}

[Schema(ApiPackage.Core, "The port of a daemon.")]
public sealed record DaemonEndpoint
{
    [Field("Port", 1, Required = true, Always = true)]
    public int Port { get; init; }
}

[Schema(ApiPackage.Core, "Swap memory of a node.")]
public sealed record NodeSwapStatus
{
    [Field("capacity", 1)]
    public long? Capacity { get; init; }
}

[Schema(ApiPackage.Core, "Features of a runtime handler.")]
public sealed record NodeRuntimeHandlerFeatures
{
    [Field("recursiveReadOnlyMounts", 1)]
    public bool? RecursiveReadOnlyMounts { get; init; }

    [Field("userNamespaces", 2)]
    public bool? UserNamespaces { get; init; }
}

/// <summary>Values of NodePhase.</summary>
public static class NodePhase
{
    public const string Pending = "Pending";
    public const string Running = "Running";
    public const string Terminated = "Terminated";
}

/// <summary>Values of TaintEffect.</summary>
public static class TaintEffect
{
    public const string NoSchedule = "NoSchedule";
    public const string PreferNoSchedule = "PreferNoSchedule";
    public const string NoExecute = "NoExecute";
}

/// <summary>Values of NodeConditionType.</summary>
public static class NodeConditionType
{
    public const string Ready = "Ready";
    public const string MemoryPressure = "MemoryPressure";
    public const string DiskPressure = "DiskPressure";
    public const string PIDPressure = "PIDPressure";
    public const string NetworkUnavailable = "NetworkUnavailable";
    public const string GracefulNodeShutdownInProgress = "GracefulNodeShutdownInProgress";
    public const string DrainInProgress = "DrainInProgress";
    public const string Drained = "Drained";
    public const string MaintenancePlanned = "MaintenancePlanned";
    public const string MaintenanceInProgress = "MaintenanceInProgress";
}

/// <summary>Values of NodeAddressType.</summary>
public static class NodeAddressType
{
    public const string Hostname = "Hostname";
    public const string InternalIP = "InternalIP";
    public const string ExternalIP = "ExternalIP";
    public const string InternalDNS = "InternalDNS";
    public const string ExternalDNS = "ExternalDNS";
}
