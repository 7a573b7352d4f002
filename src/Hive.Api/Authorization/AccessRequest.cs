using Hive.Api.Http;

namespace Hive.Api.Authorization;

/// <summary>What is to be decided: a verb on a resource, or on a path that is no resource.</summary>
/// <param name="Path">Set exactly when this is about no resource.</param>
/// <param name="FieldSelector">As asked by a list or watch: a node may only list its own pods.</param>
public sealed record AccessRequest(
    string Verb, string Group, string Resource, string Subresource, string Namespace, string Name, string Path = "", string FieldSelector = "")
{
    public bool IsResource => Path.Length == 0;

    public string ResourcePath => Subresource.Length == 0 ? Resource : $"{Resource}/{Subresource}";

    public bool IsRead => Verb is "get" or "list" or "watch";

    public static AccessRequest ForPath(string verb, string path) => new(verb, "", "", "", "", "", path);

    /// <summary>The refusal in the words that clients know.</summary>
    public Refusal Forbidden(string user, string why = "")
    {
        string tail = why.Length == 0 ? "" : $": {why}";
        if (!IsResource) return new Refusal(403, "Forbidden", $"forbidden: User \"{user}\" cannot {Verb} path \"{Path}\"{tail}") { Details = new() };
        string scope = Namespace.Length == 0 ? "at the cluster scope" : $"in the namespace \"{Namespace}\"";
        return Refusals.Forbidden(Resource, Group, Name,
            $"User \"{user}\" cannot {Verb} resource \"{ResourcePath}\" in API group \"{Group}\" {scope}{tail}");
    }
}

/// <summary>A decision, with its reason in words.</summary>
public readonly record struct AccessVerdict(bool Allowed, string Why = "");
