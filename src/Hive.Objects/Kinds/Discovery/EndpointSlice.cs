namespace Hive.Objects;

[Schema(ApiPackage.Discovery, "A part of the addresses behind a service.")]
public sealed record EndpointSlice() : HiveObject("discovery.k8s.io/v1", "EndpointSlice")
{
    [Field("addressType", 4, Required = true, Always = true, Doc = "IPv4, IPv6 or FQDN.")]
    public string AddressType { get; init; } = "";

    [Field("endpoints", 2, Always = true, ListType = "atomic", Doc = "The addresses and their states.")]
    public IReadOnlyList<Endpoint> Endpoints { get; init; } = [];

    [Field("ports", 3, Always = true, ListType = "atomic", Doc = "The ports of every address.")]
    public IReadOnlyList<EndpointPort> Ports { get; init; } = [];
}

[Schema(ApiPackage.Discovery, "An address, its state and its place.")]
public sealed record Endpoint
{
    [Field("addresses", 1, Required = true, Always = true, ListType = "set")]
    public IReadOnlyList<string> Addresses { get; init; } = [];

    [Field("conditions", 2)]
    public EndpointConditions Conditions { get; init; } = new();

    [Field("hostname", 3)]
    public string? Hostname { get; init; }

    [Field("targetRef", 4)]
    public ObjectReference? TargetRef { get; init; }

    [Field("deprecatedTopology", 5)]
    public StringMap DeprecatedTopology { get; init; } = StringMap.Empty;

    [Field("nodeName", 6)]
    public string? NodeName { get; init; }

    [Field("zone", 7)]
    public string? Zone { get; init; }

    [Field("hints", 8)]
    public EndpointHints? Hints { get; init; }
}

[Schema(ApiPackage.Discovery, "A port of a slice.", Atomic = true)]
public sealed record EndpointPort
{
    [Field("name", 1)]
    public string? Name { get; init; }

    [Field("protocol", 2, Default = "TCP", Enum = typeof(Protocol))]
    public string? Protocol { get; init; }

    [Field("port", 3, Minimum = 0, Maximum = 65535)]
    public int? Port { get; init; }

    [Field("appProtocol", 4)]
    public string? AppProtocol { get; init; }
}

[Schema(ApiPackage.Discovery, "Whether an endpoint takes traffic.")]
public sealed record EndpointConditions
{
    [Field("ready", 1)]
    public bool? Ready { get; init; }

    [Field("serving", 2)]
    public bool? Serving { get; init; }

    [Field("terminating", 3)]
    public bool? Terminating { get; init; }
}

[Schema(ApiPackage.Discovery, "From where an endpoint should be used.")]
public sealed record EndpointHints
{
    [Field("forZones", 1, ListType = "atomic")]
    public IReadOnlyList<ForZone> ForZones { get; init; } = [];

    [Field("forNodes", 2, ListType = "atomic")]
    public IReadOnlyList<ForNode> ForNodes { get; init; } = [];
}

[Schema(ApiPackage.Discovery, "A zone that should use the endpoint.")]
public sealed record ForZone
{
    [Field("name", 1, Required = true, Always = true)]
    public string Name { get; init; } = "";
}

[Schema(ApiPackage.Discovery, "A node that should use the endpoint.")]
public sealed record ForNode
{
    [Field("name", 1, Required = true, Always = true)]
    public string Name { get; init; } = "";
}
