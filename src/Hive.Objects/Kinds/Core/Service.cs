namespace Hive.Objects;

[Schema(ApiPackage.Core, "A stable name and address for a changing set of pods.")]
public sealed record Service() : HiveObject("v1", "Service")
{
    [Field("spec", 2)]
    public ServiceSpec Spec { get; init; } = new();

    [Field("status", 3)]
    public ServiceStatus Status { get; init; } = new();
}

[Schema(ApiPackage.Core, "Which pods a service leads to, and on what ports.")]
public sealed record ServiceSpec
{
    [Field("ports", 1, Patch = "merge", MergeKey = "port", ListType = "map", ListKeys = "port,protocol", Doc = "The ports and where they lead.")]
    public IReadOnlyList<ServicePort> Ports { get; init; } = [];

    [Field("selector", 2, Atomic = true, Doc = "Labels of the pods behind the service.")]
    public StringMap Selector { get; init; } = StringMap.Empty;

    [Field("clusterIP", 3, Doc = "The address inside the cluster; None for a service without one.")]
    public string ClusterIP { get; init; } = "";

    [Field("clusterIPs", 18, ListType = "atomic", Doc = "All addresses inside the cluster.")]
    public IReadOnlyList<string> ClusterIPs { get; init; } = [];

    [Field("type", 4, Default = "ClusterIP", Enum = typeof(ServiceType), Doc = "ClusterIP, NodePort, LoadBalancer or ExternalName.")]
    public string Type { get; init; } = "";

    [Field("externalIPs", 5, ListType = "atomic", Doc = "Addresses of nodes that also lead here.")]
    public IReadOnlyList<string> ExternalIPs { get; init; } = [];

    [Field("sessionAffinity", 7, Default = "None", Enum = typeof(ServiceAffinity), Doc = "ClientIP keeps a client with its pod.")]
    public string SessionAffinity { get; init; } = "";

    [Field("loadBalancerIP", 8)]
    public string LoadBalancerIP { get; init; } = "";

    [Field("loadBalancerSourceRanges", 9, ListType = "atomic")]
    public IReadOnlyList<string> LoadBalancerSourceRanges { get; init; } = [];

    [Field("externalName", 10, Doc = "The name that an ExternalName service stands for.")]
    public string ExternalName { get; init; } = "";

    [Field("externalTrafficPolicy", 11, Enum = typeof(ServiceExternalTrafficPolicy), Doc = "Local keeps outside traffic on the node where it arrives.")]
    public string ExternalTrafficPolicy { get; init; } = "";

    [Field("healthCheckNodePort", 12)]
    public int HealthCheckNodePort { get; init; }

    [Field("publishNotReadyAddresses", 13, Doc = "Whether pods that are not ready are listed.")]
    public bool PublishNotReadyAddresses { get; init; }

    [Field("sessionAffinityConfig", 14)]
    public SessionAffinityConfig? SessionAffinityConfig { get; init; }

    [Field("ipFamilies", 19, ListType = "atomic", Enum = typeof(IPFamily))]
    public IReadOnlyList<string> IpFamilies { get; init; } = [];

    [Field("ipFamilyPolicy", 17, Enum = typeof(IPFamilyPolicy))]
    public string? IpFamilyPolicy { get; init; }

    [Field("allocateLoadBalancerNodePorts", 20)]
    public bool? AllocateLoadBalancerNodePorts { get; init; }

    [Field("loadBalancerClass", 21)]
    public string? LoadBalancerClass { get; init; }

    [Field("internalTrafficPolicy", 22, Enum = typeof(ServiceInternalTrafficPolicy), Doc = "Local keeps inside traffic on its node.")]
    public string? InternalTrafficPolicy { get; init; }

    [Field("trafficDistribution", 23)]
    public string? TrafficDistribution { get; init; }
}

[Schema(ApiPackage.Core, "The state of a service.")]
public sealed record ServiceStatus
{
    [Field("loadBalancer", 1)]
    public LoadBalancerStatus LoadBalancer { get; init; } = new();

    [Field("conditions", 2, Patch = "merge", MergeKey = "type", ListType = "map", ListKeys = "type")]
    public IReadOnlyList<Condition> Conditions { get; init; } = [];
}

[Schema(ApiPackage.Core, "A port of a service.")]
public sealed record ServicePort
{
    [Field("name", 1, Doc = "The name; needed when there are several.")]
    public string Name { get; init; } = "";

    [Field("protocol", 2, Default = "TCP", Enum = typeof(Protocol), Doc = "TCP, UDP or SCTP.")]
    public string Protocol { get; init; } = "";

    [Field("appProtocol", 6, Doc = "A hint at the protocol spoken.")]
    public string? AppProtocol { get; init; }

    [Field("port", 3, Required = true, Always = true, Minimum = 1, Maximum = 65535, Doc = "The port of the service.")]
    public int Port { get; init; }

    [Field("targetPort", 4, Doc = "The port of the pods by number or name.")]
    public IntOrString TargetPort { get; init; }

    [Field("nodePort", 5, Minimum = 0, Maximum = 65535, Doc = "The port on every node.")]
    public int NodePort { get; init; }
}

[Schema(ApiPackage.Core, "Settings of session affinity.")]
public sealed record SessionAffinityConfig
{
    [Field("clientIP", 1)]
    public ClientIPConfig? ClientIP { get; init; }
}

[Schema(ApiPackage.Core, "The state of a load balancer.")]
public sealed record LoadBalancerStatus
{
    [Field("ingress", 1, ListType = "atomic")]
    public IReadOnlyList<LoadBalancerIngress> Ingress { get; init; } = [];
}

[Schema(ApiPackage.Core, "How long a client keeps its pod.")]
public sealed record ClientIPConfig
{
    [Field("timeoutSeconds", 1)]
    public int? TimeoutSeconds { get; init; }
}

[Schema(ApiPackage.Core, "An entry point of a load balancer.")]
public sealed record LoadBalancerIngress
{
    [Field("ip", 1)]
    public string Ip { get; init; } = "";

    [Field("hostname", 2)]
    public string Hostname { get; init; } = "";

    [Field("ipMode", 3)]
    public string? IpMode { get; init; }

    [Field("ports", 4, ListType = "atomic")]
    public IReadOnlyList<PortStatus> Ports { get; init; } = [];
}

[Schema(ApiPackage.Core, "The state of a port of a load balancer.")]
public sealed record PortStatus
{
    [Field("port", 1, Required = true, Always = true)]
    public int Port { get; init; }

    [Field("protocol", 2, Required = true, Always = true, Enum = typeof(Protocol))]
    public string Protocol { get; init; } = "";

    [Field("error", 3)]
    public string? Error { get; init; }
}

/// <summary>Values of ServiceType.</summary>
public static class ServiceType
{
    public const string ClusterIP = "ClusterIP";
    public const string NodePort = "NodePort";
    public const string LoadBalancer = "LoadBalancer";
    public const string ExternalName = "ExternalName";
}

/// <summary>Values of ServiceAffinity.</summary>
public static class ServiceAffinity
{
    public const string ClientIP = "ClientIP";
    public const string None = "None";
}

/// <summary>Values of ServiceExternalTrafficPolicy.</summary>
public static class ServiceExternalTrafficPolicy
{
    public const string Cluster = "Cluster";
    public const string Local = "Local";
}

/// <summary>Values of IPFamily.</summary>
public static class IPFamily
{
    public const string IPv4 = "IPv4";
    public const string IPv6 = "IPv6";
}

/// <summary>Values of IPFamilyPolicy.</summary>
public static class IPFamilyPolicy
{
    public const string SingleStack = "SingleStack";
    public const string PreferDualStack = "PreferDualStack";
    public const string RequireDualStack = "RequireDualStack";
}

/// <summary>Values of ServiceInternalTrafficPolicy.</summary>
public static class ServiceInternalTrafficPolicy
{
    public const string Cluster = "Cluster";
    public const string Local = "Local";
}

/// <summary>Values of LoadBalancerIPMode.</summary>
public static class LoadBalancerIPMode
{
    public const string VIP = "VIP";
    public const string Proxy = "Proxy";
}
