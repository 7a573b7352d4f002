namespace Hive.Objects;

/// <summary>The documents by which clients learn what is served: the older ones per group version, and the aggregated ones.</summary>
public sealed class DiscoveryDocuments(KindCatalog catalog)
{
    /// <summary>Answer to <c>/api</c>; <paramref name="address"/> is this server's host and port.</summary>
    public APIVersions CoreVersions(string address) => new()
    {
        Versions = catalog.Versions(""),
        ServerAddressByClientCIDRs = [new ServerAddressByClientCIDR { ClientCIDR = "0.0.0.0/0", ServerAddress = address }],
    };

    /// <summary>Answer to <c>/apis</c>.</summary>
    public APIGroupList Groups() => new() { Groups = [.. catalog.Groups.Where(group => group.Length > 0).Select(Group)] };

    /// <summary>Answer to <c>/apis/GROUP</c>; null when there is no such group.</summary>
    public APIGroup? FindGroup(string group) => catalog.Versions(group).Count == 0 || group.Length == 0 ? null : Group(group) with { ApiVersion = "v1", Kind = "APIGroup" };

    /// <summary>Answer to <c>/api/v1</c> and <c>/apis/GROUP/VERSION</c>; null when there is no such group version.</summary>
    public APIResourceList? FindResources(string group, string version)
    {
        var kinds = catalog.In(group, version);
        if (kinds.Count == 0) return null;
        return new APIResourceList { GroupVersion = group.Length == 0 ? version : $"{group}/{version}", Resources = [.. kinds.SelectMany(Resources)] };
    }

    /// <summary>Aggregated answer to <c>/api</c>.</summary>
    public APIGroupDiscoveryList AggregatedCore() => new() { Items = [Aggregated("")] };

    /// <summary>Aggregated answer to <c>/apis</c>.</summary>
    public APIGroupDiscoveryList AggregatedGroups() => new() { Items = [.. catalog.Groups.Where(group => group.Length > 0).Select(Aggregated)] };

    private APIGroup Group(string group)
    {
        var versions = catalog.Versions(group).Select(version => new GroupVersionForDiscovery { GroupVersion = $"{group}/{version}", Version = version }).ToArray();
        // Inside a list a group does not repeat its kind.
        return new APIGroup { ApiVersion = "", Kind = "", Name = group, Versions = versions, PreferredVersion = versions[0] };
    }

    private static IEnumerable<APIResource> Resources(KindDefinition kind)
    {
        yield return new APIResource
        {
            Name = kind.Plural,
            SingularName = kind.Singular,
            Namespaced = kind.Namespaced,
            Kind = kind.Kind,
            Verbs = kind.Verbs,
            ShortNames = kind.ShortNames,
            Categories = kind.Categories,
        };
        foreach (var sub in kind.SubResources)
        {
            yield return new APIResource
            {
                Name = $"{kind.Plural}/{sub.Name}",
                Namespaced = kind.Namespaced,
                Kind = sub.Kind,
                Group = sub.Group,
                Version = sub.Version,
                Verbs = sub.Verbs,
            };
        }
    }

    private APIGroupDiscovery Aggregated(string group) => new()
    {
        Metadata = new ObjectMeta { Name = group },
        Versions = [.. catalog.Versions(group).Select(version => new APIVersionDiscovery
        {
            Version = version,
            Freshness = DiscoveryFreshness.Current,
            Resources = [.. catalog.In(group, version).Select(Aggregated)],
        })],
    };

    private static APIResourceDiscovery Aggregated(KindDefinition kind) => new()
    {
        Resource = kind.Plural,
        ResponseKind = new GroupVersionKind { Group = kind.Group, Version = kind.Version, Kind = kind.Kind },
        Scope = kind.Namespaced ? ResourceScope.Namespaced : ResourceScope.Cluster,
        SingularResource = kind.Singular,
        Verbs = kind.Verbs,
        ShortNames = kind.ShortNames,
        Categories = kind.Categories,
        Subresources = [.. kind.SubResources.Select(sub => new APISubresourceDiscovery
        {
            Subresource = sub.Name,
            ResponseKind = new GroupVersionKind { Group = sub.Version.Length == 0 ? kind.Group : sub.Group, Version = sub.Version.Length == 0 ? kind.Version : sub.Version, Kind = sub.Kind },
            Verbs = sub.Verbs,
        })],
    };
}
