namespace Hive.Objects;

[Schema(ApiPackage.Meta, "The versions of the core group.")]
public sealed record APIVersions() : TypedDocument("v1", "APIVersions")
{
    [Field("versions", 1, Required = true, Always = true, ListType = "atomic")]
    public IReadOnlyList<string> Versions { get; init; } = [];

    [Field("serverAddressByClientCIDRs", 2, Required = true, Always = true, ListType = "atomic")]
    public IReadOnlyList<ServerAddressByClientCIDR> ServerAddressByClientCIDRs { get; init; } = [];
}

[Schema(ApiPackage.Meta, "A group of the API and its versions.")]
public sealed record APIGroup() : TypedDocument("v1", "APIGroup")
{
    [Field("name", 1, Required = true, Always = true)]
    public string Name { get; init; } = "";

    [Field("versions", 2, Required = true, Always = true, ListType = "atomic")]
    public IReadOnlyList<GroupVersionForDiscovery> Versions { get; init; } = [];

    [Field("preferredVersion", 3)]
    public GroupVersionForDiscovery PreferredVersion { get; init; } = new();

    [Field("serverAddressByClientCIDRs", 4, ListType = "atomic")]
    public IReadOnlyList<ServerAddressByClientCIDR> ServerAddressByClientCIDRs { get; init; } = [];
}

[Schema(ApiPackage.Meta, "All groups of the API.")]
public sealed record APIGroupList() : TypedDocument("v1", "APIGroupList")
{
    [Field("groups", 1, Required = true, Always = true, ListType = "atomic")]
    public IReadOnlyList<APIGroup> Groups { get; init; } = [];
}

[Schema(ApiPackage.Meta, "The resources of one group version.")]
public sealed record APIResourceList() : TypedDocument("v1", "APIResourceList")
{
    [Field("groupVersion", 1, Required = true, Always = true)]
    public string GroupVersion { get; init; } = "";

    [Field("resources", 2, Required = true, Always = true, ListType = "atomic")]
    public IReadOnlyList<APIResource> Resources { get; init; } = [];
}

[Schema(ApiPackage.Meta, "The address of the server for clients from a range.")]
public sealed record ServerAddressByClientCIDR
{
    [Field("clientCIDR", 1, Required = true, Always = true)]
    public string ClientCIDR { get; init; } = "";

    [Field("serverAddress", 2, Required = true, Always = true)]
    public string ServerAddress { get; init; } = "";
}

[Schema(ApiPackage.Meta, "A group and version in one text and in parts.")]
public sealed record GroupVersionForDiscovery
{
    [Field("groupVersion", 1, Required = true, Always = true)]
    public string GroupVersion { get; init; } = "";

    [Field("version", 2, Required = true, Always = true)]
    public string Version { get; init; } = "";
}

[Schema(ApiPackage.Meta, "A resource or sub-resource and what can be done with it.")]
public sealed record APIResource
{
    [Field("name", 1, Required = true, Always = true)]
    public string Name { get; init; } = "";

    [Field("singularName", 6, Required = true, Always = true)]
    public string SingularName { get; init; } = "";

    [Field("namespaced", 2, Required = true, Always = true)]
    public bool Namespaced { get; init; }

    [Field("group", 8)]
    public string Group { get; init; } = "";

    [Field("version", 9)]
    public string Version { get; init; } = "";

    [Field("kind", 3, Required = true, Always = true)]
    public string Kind { get; init; } = "";

    [Field("verbs", 4, Required = true, Always = true, Wrapped = true)]
    public IReadOnlyList<string> Verbs { get; init; } = [];

    [Field("shortNames", 5, ListType = "atomic")]
    public IReadOnlyList<string> ShortNames { get; init; } = [];

    [Field("categories", 7, ListType = "atomic")]
    public IReadOnlyList<string> Categories { get; init; } = [];

    [Field("storageVersionHash", 10)]
    public string StorageVersionHash { get; init; } = "";
}
