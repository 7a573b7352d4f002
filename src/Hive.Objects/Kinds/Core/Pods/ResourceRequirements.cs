namespace Hive.Objects;

[Schema(ApiPackage.Core, "What a container is guaranteed and may use at most.")]
public sealed record ResourceRequirements
{
    [Field("limits", 1, Doc = "The most that may be used.")]
    public OrdinalMap<Quantity> Limits { get; init; } = OrdinalMap<Quantity>.Empty;

    [Field("requests", 2, Doc = "What is guaranteed; the scheduler counts it.")]
    public OrdinalMap<Quantity> Requests { get; init; } = OrdinalMap<Quantity>.Empty;

    [Field("claims", 3, ListType = "map", ListKeys = "name")]
    public IReadOnlyList<ResourceClaim> Claims { get; init; } = [];
}

[Schema(ApiPackage.Core, "How much storage a claim asks for.")]
public sealed record VolumeResourceRequirements
{
    [Field("limits", 1)]
    public OrdinalMap<Quantity> Limits { get; init; } = OrdinalMap<Quantity>.Empty;

    [Field("requests", 2)]
    public OrdinalMap<Quantity> Requests { get; init; } = OrdinalMap<Quantity>.Empty;
}

[Schema(ApiPackage.Core, "Names a claim of the pod that the container uses.")]
public sealed record ResourceClaim
{
    [Field("name", 1, Required = true, Always = true)]
    public string Name { get; init; } = "";

    [Field("request", 2)]
    public string Request { get; init; } = "";
}
