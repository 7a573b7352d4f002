namespace Hive.Objects;

[Schema(ApiPackage.Core, "The addresses behind a service.")]
public sealed record Endpoints() : HiveObject("v1", "Endpoints")
{
    [Field("subsets", 2, ListType = "atomic")]
    public IReadOnlyList<EndpointSubset> Subsets { get; init; } = [];
}

[Schema(ApiPackage.Core, "Addresses that share ports.")]
public sealed record EndpointSubset
{
    [Field("addresses", 1, ListType = "atomic")]
    public IReadOnlyList<EndpointAddress> Addresses { get; init; } = [];

    [Field("notReadyAddresses", 2, ListType = "atomic")]
    public IReadOnlyList<EndpointAddress> NotReadyAddresses { get; init; } = [];

    [Field("ports", 3, ListType = "atomic")]
    public IReadOnlyList<EndpointsPort> Ports { get; init; } = [];
}

[Schema(ApiPackage.Core, "An address and what lies behind it.", Atomic = true)]
public sealed record EndpointAddress
{
    [Field("ip", 1, Required = true, Always = true)]
    public string Ip { get; init; } = "";

    [Field("hostname", 3)]
    public string Hostname { get; init; } = "";

    [Field("nodeName", 4)]
    public string? NodeName { get; init; }

    [Field("targetRef", 2)]
    public ObjectReference? TargetRef { get; init; }
}

[Schema(ApiPackage.Core, "A port of a subset.", Atomic = true)]
public sealed record EndpointsPort
{
    [Field("name", 1)]
    public string Name { get; init; } = "";

    [Field("port", 2, Required = true, Always = true)]
    public int Port { get; init; }

    [Field("protocol", 3, Enum = typeof(Protocol))]
    public string Protocol { get; init; } = "";

    [Field("appProtocol", 4)]
    public string? AppProtocol { get; init; }
}
