namespace Hive.Objects;

[Schema(ApiPackage.Core, "What a pod consists of and how it is to be run.")]
public sealed record PodSpec
{
    [Field("volumes", 1, Patch = "merge,retainKeys", MergeKey = "name", ListType = "map", ListKeys = "name", Doc = "Directories that containers can mount.")]
    public IReadOnlyList<Volume> Volumes { get; init; } = [];

    [Field("initContainers", 20, Patch = "merge", MergeKey = "name", ListType = "map", ListKeys = "name", Doc = "Containers that run one after the other before the others start.")]
    public IReadOnlyList<Container> InitContainers { get; init; } = [];

    [Field("containers", 2, Required = true, Always = true, Patch = "merge", MergeKey = "name", ListType = "map", ListKeys = "name", Doc = "The containers; at least one.")]
    public IReadOnlyList<Container> Containers { get; init; } = [];

    [Field("ephemeralContainers", 34, Patch = "merge", MergeKey = "name", ListType = "map", ListKeys = "name", Doc = "Containers added for debugging.")]
    public IReadOnlyList<EphemeralContainer> EphemeralContainers { get; init; } = [];

    [Field("restartPolicy", 3, Default = "Always", Enum = typeof(RestartPolicy), Doc = "When containers are started again: Always, OnFailure or Never.")]
    public string RestartPolicy { get; init; } = "";

    [Field("terminationGracePeriodSeconds", 4, Default = "30", Minimum = 0, Doc = "Seconds between the request to stop and the kill.")]
    public long? TerminationGracePeriodSeconds { get; init; }

    [Field("activeDeadlineSeconds", 5, Doc = "Seconds after which the pod is ended.")]
    public long? ActiveDeadlineSeconds { get; init; }

    [Field("dnsPolicy", 6, Default = "ClusterFirst", Enum = typeof(DNSPolicy), Doc = "Where names are resolved: ClusterFirst, ClusterFirstWithHostNet, Default or None.")]
    public string DnsPolicy { get; init; } = "";

    [Field("nodeSelector", 7, Atomic = true, Doc = "Labels that the node must carry.")]
    public StringMap NodeSelector { get; init; } = StringMap.Empty;

    [Field("serviceAccountName", 8, Doc = "The identity of the processes.")]
    public string ServiceAccountName { get; init; } = "";

    [Field("serviceAccount", 9, Doc = "The older name of serviceAccountName.")]
    public string ServiceAccount { get; init; } = "";

    [Field("automountServiceAccountToken", 21, Doc = "Whether a token is mounted into containers.")]
    public bool? AutomountServiceAccountToken { get; init; }

    [Field("nodeName", 10, Doc = "The node that runs the pod; set by the scheduler.")]
    public string NodeName { get; init; } = "";

    [Field("hostNetwork", 11, Doc = "Use the network of the node.")]
    public bool HostNetwork { get; init; }

    [Field("hostPID", 12, Doc = "See the processes of the node.")]
    public bool HostPID { get; init; }

    [Field("hostIPC", 13, Doc = "Share memory and semaphores with the node.")]
    public bool HostIPC { get; init; }

    [Field("shareProcessNamespace", 27, Doc = "Let the containers see each other's processes.")]
    public bool? ShareProcessNamespace { get; init; }

    [Field("securityContext", 14, Doc = "Privileges and identity for all containers.")]
    public PodSecurityContext? SecurityContext { get; init; }

    [Field("imagePullSecrets", 15, Patch = "merge", MergeKey = "name", ListType = "map", ListKeys = "name", Doc = "Secrets with credentials for registries.")]
    public IReadOnlyList<LocalObjectReference> ImagePullSecrets { get; init; } = [];

    [Field("hostname", 16, Doc = "The host name; the name of the pod by default.")]
    public string Hostname { get; init; } = "";

    [Field("subdomain", 17, Doc = "Makes the full name HOSTNAME.SUBDOMAIN.NAMESPACE.svc.")]
    public string Subdomain { get; init; } = "";

    [Field("affinity", 18, Doc = "Rules that draw the pod to nodes or pods, or away from them.")]
    public Affinity? Affinity { get; init; }

    [Field("schedulerName", 19, Default = "default-scheduler", Doc = "The scheduler that places the pod.")]
    public string SchedulerName { get; init; } = "";

    [Field("tolerations", 22, ListType = "atomic", Doc = "Taints that do not keep the pod away.")]
    public IReadOnlyList<Toleration> Tolerations { get; init; } = [];

    [Field("hostAliases", 23, Patch = "merge", MergeKey = "ip", ListType = "map", ListKeys = "ip", Doc = "Lines for the hosts file.")]
    public IReadOnlyList<HostAlias> HostAliases { get; init; } = [];

    [Field("priorityClassName", 24, Doc = "The importance of the pod by name.")]
    public string PriorityClassName { get; init; } = "";

    [Field("priority", 25, Doc = "The importance as a number.")]
    public int? Priority { get; init; }

    [Field("dnsConfig", 26, Doc = "Resolver settings on top of the policy.")]
    public PodDNSConfig? DnsConfig { get; init; }

    [Field("readinessGates", 28, ListType = "atomic", Doc = "Conditions that must hold besides ready containers.")]
    public IReadOnlyList<PodReadinessGate> ReadinessGates { get; init; } = [];

    [Field("runtimeClassName", 29, Doc = "The runtime to use.")]
    public string? RuntimeClassName { get; init; }

    [Field("enableServiceLinks", 30, Default = "true", Doc = "Give containers variables with the addresses of services.")]
    public bool? EnableServiceLinks { get; init; }

    [Field("preemptionPolicy", 31, Enum = typeof(PreemptionPolicy), Doc = "Whether less important pods may be displaced.")]
    public string? PreemptionPolicy { get; init; }

    [Field("overhead", 32)]
    public OrdinalMap<Quantity> Overhead { get; init; } = OrdinalMap<Quantity>.Empty;

    [Field("topologySpreadConstraints", 33, Patch = "merge", MergeKey = "topologyKey", ListType = "map", ListKeys = "topologyKey,whenUnsatisfiable", Doc = "How evenly pods are spread over domains.")]
    public IReadOnlyList<TopologySpreadConstraint> TopologySpreadConstraints { get; init; } = [];

    [Field("setHostnameAsFQDN", 35)]
    public bool? SetHostnameAsFQDN { get; init; }

    [Field("os", 36)]
    public PodOS? Os { get; init; }

    [Field("hostUsers", 37)]
    public bool? HostUsers { get; init; }

    [Field("schedulingGates", 38, Patch = "merge", MergeKey = "name", ListType = "map", ListKeys = "name", Doc = "The pod is not placed while any is left.")]
    public IReadOnlyList<PodSchedulingGate> SchedulingGates { get; init; } = [];

    [Field("resourceClaims", 39, Patch = "merge,retainKeys", MergeKey = "name", ListType = "map", ListKeys = "name")]
    public IReadOnlyList<PodResourceClaim> ResourceClaims { get; init; } = [];

    [Field("resources", 40)]
    public ResourceRequirements? Resources { get; init; }

    [Field("hostnameOverride", 41)]
    public string? HostnameOverride { get; init; }

    [Field("schedulingGroup", 43)]
    public PodSchedulingGroup? SchedulingGroup { get; init; }

    [Field("evictionResponders", 44, Patch = "merge", MergeKey = "name", ListType = "map", ListKeys = "name")]
    public IReadOnlyList<EvictionResponder> EvictionResponders { get; init; } = [];
}

[Schema(ApiPackage.Core, "The pod that a controller makes.")]
public sealed record PodTemplateSpec
{
    [Field("metadata", 1)]
    public ObjectMeta Metadata { get; init; } = new();

    [Field("spec", 2)]
    public PodSpec Spec { get; init; } = new();
}

[Schema(ApiPackage.Core, "A line of the hosts file.")]
public sealed record HostAlias
{
    [Field("ip", 1, Required = true, Always = true)]
    public string Ip { get; init; } = "";

    [Field("hostnames", 2, ListType = "atomic")]
    public IReadOnlyList<string> Hostnames { get; init; } = [];
}

[Schema(ApiPackage.Core, "Resolver settings on top of those of the policy.")]
public sealed record PodDNSConfig
{
    [Field("nameservers", 1, ListType = "atomic")]
    public IReadOnlyList<string> Nameservers { get; init; } = [];

    [Field("searches", 2, ListType = "atomic")]
    public IReadOnlyList<string> Searches { get; init; } = [];

    [Field("options", 3, ListType = "atomic")]
    public IReadOnlyList<PodDNSConfigOption> Options { get; init; } = [];
}

[Schema(ApiPackage.Core, "A condition that must hold for the pod to be ready.")]
public sealed record PodReadinessGate
{
    [Field("conditionType", 1, Required = true, Always = true)]
    public string ConditionType { get; init; } = "";
}

[Schema(ApiPackage.Core, "The operating system that the pod needs.")]
public sealed record PodOS
{
    [Field("name", 1, Required = true, Always = true)]
    public string Name { get; init; } = "";
}

[Schema(ApiPackage.Core, "Keeps the pod from being scheduled while it is there.")]
public sealed record PodSchedulingGate
{
    [Field("name", 1, Required = true, Always = true)]
    public string Name { get; init; } = "";
}

[Schema(ApiPackage.Core, "A claim that containers of the pod may use.")]
public sealed record PodResourceClaim
{
    [Field("name", 1, Required = true, Always = true)]
    public string Name { get; init; } = "";

    [Field("resourceClaimName", 3)]
    public string? ResourceClaimName { get; init; }

    [Field("resourceClaimTemplateName", 4)]
    public string? ResourceClaimTemplateName { get; init; }
}

[Schema(ApiPackage.Core, "The group with which the pod is scheduled.")]
public sealed record PodSchedulingGroup
{
    [Field("podGroupName", 1)]
    public string? PodGroupName { get; init; }
}

[Schema(ApiPackage.Core, "Takes part in evictions of the pod.", Atomic = true)]
public sealed record EvictionResponder
{
    [Field("name", 1, Required = true, Always = true)]
    public string Name { get; init; } = "";

    [Field("priority", 2, Required = true)]
    public int? Priority { get; init; }
}

[Schema(ApiPackage.Core, "An option of the resolver.")]
public sealed record PodDNSConfigOption
{
    [Field("name", 1)]
    public string Name { get; init; } = "";

    [Field("value", 2)]
    public string? Value { get; init; }
}

/// <summary>Values of RestartPolicy.</summary>
public static class RestartPolicy
{
    public const string Always = "Always";
    public const string OnFailure = "OnFailure";
    public const string Never = "Never";
}

/// <summary>Values of DNSPolicy.</summary>
public static class DNSPolicy
{
    public const string ClusterFirstWithHostNet = "ClusterFirstWithHostNet";
    public const string ClusterFirst = "ClusterFirst";
    public const string Default = "Default";
    public const string None = "None";
}

/// <summary>Values of PreemptionPolicy.</summary>
public static class PreemptionPolicy
{
    public const string PreemptLowerPriority = "PreemptLowerPriority";
    public const string Never = "Never";
}

/// <summary>Values of OSName.</summary>
public static class OSName
{
    public const string Linux = "linux";
    public const string Windows = "windows";
}
