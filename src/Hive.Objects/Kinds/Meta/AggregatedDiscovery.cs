namespace Hive.Objects;

[Schema(ApiPackage.AggregatedDiscovery, "All groups with all their resources in one document.")]
public sealed record APIGroupDiscoveryList() : TypedDocument("apidiscovery.k8s.io/v2", "APIGroupDiscoveryList")
{
    [Field("metadata", 1)]
    public ListMeta Metadata { get; init; } = new();

    [Field("items", 2, Always = true)]
    public IReadOnlyList<APIGroupDiscovery> Items { get; init; } = [];
}

[Schema(ApiPackage.AggregatedDiscovery, "A group with its versions in order of preference.")]
public sealed record APIGroupDiscovery
{
    [Field("metadata", 1)]
    public ObjectMeta Metadata { get; init; } = new();

    [Field("versions", 2, ListType = "map", ListKeys = "version")]
    public IReadOnlyList<APIVersionDiscovery> Versions { get; init; } = [];
}

[Schema(ApiPackage.AggregatedDiscovery, "A version with its resources.")]
public sealed record APIVersionDiscovery
{
    [Field("version", 1, Always = true)]
    public string Version { get; init; } = "";

    [Field("resources", 2, ListType = "map", ListKeys = "resource")]
    public IReadOnlyList<APIResourceDiscovery> Resources { get; init; } = [];

    [Field("freshness", 3)]
    public string Freshness { get; init; } = "";
}

[Schema(ApiPackage.AggregatedDiscovery, "A resource with its names, verbs and sub-resources.")]
public sealed record APIResourceDiscovery
{
    [Field("resource", 1, Always = true)]
    public string Resource { get; init; } = "";

    [Field("responseKind", 2)]
    public GroupVersionKind? ResponseKind { get; init; }

    [Field("scope", 3, Always = true)]
    public string Scope { get; init; } = "";

    [Field("singularResource", 4, Always = true)]
    public string SingularResource { get; init; } = "";

    [Field("verbs", 5, Always = true, ListType = "set")]
    public IReadOnlyList<string> Verbs { get; init; } = [];

    [Field("shortNames", 6, ListType = "set")]
    public IReadOnlyList<string> ShortNames { get; init; } = [];

    [Field("categories", 7, ListType = "set")]
    public IReadOnlyList<string> Categories { get; init; } = [];

    [Field("subresources", 8, ListType = "map", ListKeys = "subresource")]
    public IReadOnlyList<APISubresourceDiscovery> Subresources { get; init; } = [];
}

[Schema(ApiPackage.Meta, "Names a type of the API without ambiguity.")]
public sealed record GroupVersionKind
{
    [Field("group", 1, Required = true, Always = true)]
    public string Group { get; init; } = "";

    [Field("version", 2, Required = true, Always = true)]
    public string Version { get; init; } = "";

    [Field("kind", 3, Required = true, Always = true)]
    public string Kind { get; init; } = "";
}

[Schema(ApiPackage.AggregatedDiscovery, "A sub-resource and its verbs.")]
public sealed record APISubresourceDiscovery
{
    [Field("subresource", 1, Always = true)]
    public string Subresource { get; init; } = "";

    [Field("responseKind", 2)]
    public GroupVersionKind? ResponseKind { get; init; }

    [Field("acceptedTypes", 3, ListType = "map", ListKeys = "group,version,kind")]
    public IReadOnlyList<GroupVersionKind> AcceptedTypes { get; init; } = [];

    [Field("verbs", 4, Always = true, ListType = "set")]
    public IReadOnlyList<string> Verbs { get; init; } = [];
}

/// <summary>Values of DiscoveryFreshness.</summary>
public static class DiscoveryFreshness
{
    public const string Current = "Current";
    public const string Stale = "Stale";
}

/// <summary>Values of ResourceScope.</summary>
public static class ResourceScope
{
    public const string Cluster = "Cluster";
    public const string Namespaced = "Namespaced";
}
