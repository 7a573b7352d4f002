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
    [Field("ports", 1, Patch = "merge", MergeKey = "port", ListType = "map", ListKeys = "port,protocol")]
    public IReadOnlyList<ServicePort> Ports { get; init; } = [];

    [Field("selector", 2, Atomic = true)]
    public StringMap Selector { get; init; } = StringMap.Empty;

    [Field("clusterIP", 3)]
    public string ClusterIP { get; init; } = "";

    [Field("clusterIPs", 18, ListType = "atomic")]
    public IReadOnlyList<string> ClusterIPs { get; init; } = [];

    [Field("type", 4, Default = "ClusterIP", Enum = typeof(ServiceType))]
    public string Type { get; init; } = "";

    [Field("externalIPs", 5, ListType = "atomic")]
    public IReadOnlyList<string> ExternalIPs { get; init; } = [];

    [Field("sessionAffinity", 7, Default = "None", Enum = typeof(ServiceAffinity))]
    public string SessionAffinity { get; init; } = "";

    [Field("loadBalancerIP", 8)]
    public string LoadBalancerIP { get; init; } = "";

    [Field("loadBalancerSourceRanges", 9, ListType = "atomic")]
    public IReadOnlyList<string> LoadBalancerSourceRanges { get; init; } = [];

    [Field("externalName", 10)]
    public string ExternalName { get; init; } = "";

    [Field("externalTrafficPolicy", 11, Enum = typeof(ServiceExternalTrafficPolicy))]
    public string ExternalTrafficPolicy { get; init; } = "";

    [Field("healthCheckNodePort", 12)]
    public int HealthCheckNodePort { get; init; }

    [Field("publishNotReadyAddresses", 13)]
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

    [Field("internalTrafficPolicy", 22, Enum = typeof(ServiceInternalTrafficPolicy))]
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
    [Field("name", 1)]
    public string Name { get; init; } = "";

    [Field("protocol", 2, Default = "TCP", Enum = typeof(Protocol))]
    public string Protocol { get; init; } = "";

    [Field("appProtocol", 6)]
    public string? AppProtocol { get; init; }

    [Field("port", 3, Required = true, Always = true, Minimum = 1, Maximum = 65535)]
    public int Port { get; init; }

    [Field("targetPort", 4)]
    public IntOrString TargetPort { get; init; }

    [Field("nodePort", 5, Minimum = 0, Maximum = 65535)]
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
