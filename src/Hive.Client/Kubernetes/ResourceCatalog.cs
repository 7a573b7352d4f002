using System.Text.Json.Nodes;

namespace Hive.Client.Kubernetes;

/// <summary>A resource as discovery describes it.</summary>
public sealed record ApiResource(
    string Group, string Version, string Plural, string Singular, string Kind, bool Namespaced,
    IReadOnlyList<string> ShortNames, IReadOnlyList<string> Categories, IReadOnlyList<string> Verbs)
{
    public string GroupVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>As kubectl prints it: <c>deployment.apps</c>, <c>pod</c>.</summary>
    public string QualifiedSingular => Group.Length == 0 ? Singular : $"{Singular}.{Group}";

    /// <summary>Path of the collection; a null namespace means all of them.</summary>
    public string CollectionPath(string? @namespace)
    {
        string root = Group.Length == 0 ? $"/api/{Version}" : $"/apis/{Group}/{Version}";
        return Namespaced && @namespace is not null ? $"{root}/namespaces/{Uri.EscapeDataString(@namespace)}/{Plural}" : $"{root}/{Plural}";
    }

    /// <summary>Path of one object.</summary>
    public string ObjectPath(string @namespace, string name) => $"{CollectionPath(Namespaced ? @namespace : null)}/{Uri.EscapeDataString(name)}";
}

/// <summary>All resources that the cluster serves, learnt by aggregated discovery in two requests.</summary>
public sealed class ResourceCatalog(IReadOnlyList<ApiResource> resources)
{
    private const string Aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

    /// <summary>Hive's own words for some kinds.</summary>
    private static readonly SortedDictionary<string, string> Aliases = new(StringComparer.Ordinal) { ["drone"] = "nodes", ["drones"] = "nodes" };

    public IReadOnlyList<ApiResource> Resources { get; } = resources;

    /// <summary>Asks a queen. On failure the answer of the request that failed is handed back instead.</summary>
    public static async Task<(ResourceCatalog? Catalog, ApiAnswer? Failure)> LearnAsync(KubernetesClient client, CancellationToken cancellation)
    {
        var found = new List<ApiResource>();
        foreach (string root in new[] { "/api", "/apis" })
        {
            ApiAnswer answer = await client.GetAsync(root, cancellation, Aggregated);
            if (!answer.Ok) return (null, answer);
            foreach (JsonNode? group in answer.Body?["items"] as JsonArray ?? []) Collect(group, found);
        }
        return (new ResourceCatalog(found), null);
    }

    /// <summary>Finds by plural, singular, short name, kind or Hive's own word, with an optional <c>.group</c>; case does not matter.</summary>
    public ApiResource? Find(string word)
    {
        string wanted = Aliases.TryGetValue(word.ToLowerInvariant(), out string? alias) ? alias : word.ToLowerInvariant();
        int dot = wanted.IndexOf('.', StringComparison.Ordinal);
        string name = dot < 0 ? wanted : wanted[..dot];
        string? group = dot < 0 ? null : wanted[(dot + 1)..];
        return Resources.FirstOrDefault(r =>
            (group is null || r.Group == group)
            && (r.Plural == name || r.Singular == name || r.ShortNames.Contains(name) || r.Kind.Equals(name, StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>Finds what a manifest's apiVersion and kind name.</summary>
    public ApiResource? FindKind(string apiVersion, string kind) =>
        Resources.FirstOrDefault(r => r.GroupVersion == apiVersion && r.Kind == kind);

    /// <summary>Resources of a category (<c>all</c>), those that can be listed.</summary>
    public IReadOnlyList<ApiResource> Category(string name) => [.. Resources.Where(r => r.Categories.Contains(name) && r.Verbs.Contains("list"))];

    private static void Collect(JsonNode? group, List<ApiResource> found)
    {
        string name = (string?)group?["metadata"]?["name"] ?? "";
        foreach (JsonNode? version in group?["versions"] as JsonArray ?? [])
        {
            string label = (string?)version?["version"] ?? "";
            foreach (JsonNode? resource in version?["resources"] as JsonArray ?? [])
            {
                if (resource is null) continue;
                string plural = (string?)resource["resource"] ?? "";
                string kind = (string?)resource["responseKind"]?["kind"] ?? "";
                string singular = (string?)resource["singularResource"] is { Length: > 0 } given ? given : kind.ToLowerInvariant();
                bool namespaced = (string?)resource["scope"] == "Namespaced";
                found.Add(new ApiResource(name, label, plural, singular, kind, namespaced, Texts(resource["shortNames"]), Texts(resource["categories"]), Texts(resource["verbs"])));
            }
        }
    }

    private static IReadOnlyList<string> Texts(JsonNode? array) => [.. (array as JsonArray ?? []).Select(t => (string?)t ?? "")];
}
