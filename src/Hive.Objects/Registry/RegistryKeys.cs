using System.Diagnostics.CodeAnalysis;

namespace Hive.Objects;

/// <summary>Where an object lives in the store: resource (plural, lower case), namespace (empty for cluster scope) and name.</summary>
public readonly record struct RegistryKey(string Resource, string Namespace, string Name)
{
    /// <summary>The store's key, e.g. <c>/registry/pods/default/web-1</c>.</summary>
    public override string ToString() => RegistryKeys.Of(Resource, Namespace, Name);
}

/// <summary>
/// Layout of objects in the store, as Kubernetes lays them out in etcd, so that etcd tools which know that layout read Hive's:
/// <c>/registry/RESOURCE/NAMESPACE/NAME</c>, or <c>/registry/RESOURCE/NAME</c> in cluster scope. A few resources have historical paths.
/// </summary>
public static class RegistryKeys
{
    public const string Root = "/registry/";

    /// <summary>Resources whose path is not their name. Parsing tries these first.</summary>
    private static readonly (string Resource, string Path)[] Historical =
    [
        ("services", "services/specs"),
        ("endpoints", "services/endpoints"),
        ("nodes", "minions"),
        ("replicationcontrollers", "controllers"),
        ("customresourcedefinitions", "apiextensions.k8s.io/customresourcedefinitions"),
        ("apiservices", "apiregistration.k8s.io/apiservices"),
        ("ingresses", "ingress"),
    ];

    /// <summary>The store's key of one object; an empty <paramref name="ns"/> means cluster scope.</summary>
    public static string Of(string resource, string ns, string name) =>
        ns.Length == 0 ? $"{Prefix(resource)}{name}" : $"{Prefix(resource)}{ns}/{name}";

    /// <summary>All objects of a resource lie under this prefix (ends with a slash).</summary>
    public static string Prefix(string resource) => $"{Root}{PathOf(resource)}/";

    /// <summary>All objects of a resource in one namespace lie under this prefix (ends with a slash).</summary>
    public static string Prefix(string resource, string ns) => ns.Length == 0 ? Prefix(resource) : $"{Prefix(resource)}{ns}/";

    /// <summary>Objects of a custom resource live under their group, so that two groups may have the same plural.</summary>
    public static string CustomResource(string group, string resource) => $"{group}/{resource}";

    /// <summary>The inverse of <see cref="Of"/>. False: not under <see cref="Root"/>, or not of the form of an object's key.</summary>
    public static bool TryParse(string key, [NotNullWhen(true)] out RegistryKey? parsed)
    {
        parsed = null;
        if (!key.StartsWith(Root, StringComparison.Ordinal)) return false;
        string rest = key[Root.Length..];
        foreach (var (resource, path) in Historical)
        {
            if (rest.Length > path.Length && rest[path.Length] == '/' && rest.StartsWith(path, StringComparison.Ordinal))
                return TrySplit(resource, rest[(path.Length + 1)..], out parsed);
        }
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0) return false;
        if (rest.AsSpan(0, slash).Contains('.'))
        {
            int next = rest.IndexOf('/', slash + 1);
            if (next > 0) slash = next;
        }
        return TrySplit(rest[..slash], rest[(slash + 1)..], out parsed);
    }

    private static bool TrySplit(string resource, string tail, out RegistryKey? parsed)
    {
        parsed = null;
        int slash = tail.IndexOf('/', StringComparison.Ordinal);
        string ns = slash < 0 ? "" : tail[..slash];
        string name = tail[(slash + 1)..];
        if (name.Length == 0 || slash == 0 || name.Contains('/', StringComparison.Ordinal)) return false;
        parsed = new RegistryKey(resource, ns, name);
        return true;
    }

    private static string PathOf(string resource)
    {
        foreach (var (name, path) in Historical)
        {
            if (string.Equals(name, resource, StringComparison.Ordinal)) return path;
        }
        return resource;
    }
}
