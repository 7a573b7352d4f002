namespace Hive.Api.Http;

/// <summary>What a path under /api or /apis names. Empty strings stand for what the path does not name.</summary>
/// <param name="Version">Empty for a path that names only a group.</param>
/// <param name="Watch">The old watch form (<c>/api/v1/watch/...</c>).</param>
/// <param name="Rest">What follows the sub-resource (proxy paths).</param>
public sealed record RequestTarget(
    string Group, string Version, string Namespace, string Resource, string Name, string Subresource, bool Watch, string Rest)
{
    public string ResourcePath => Subresource.Length == 0 ? Resource : $"{Resource}/{Subresource}";

    /// <summary>Null when the path is not under /api or /apis. Segments must be unescaped; an empty one in the middle is no target.</summary>
    public static RequestTarget? Parse(string path)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0) return null;
        int at;
        string group = "", version = "";
        if (parts[0] == "api")
        {
            if (parts.Length > 1) version = parts[1];
            at = 2;
        }
        else if (parts[0] == "apis")
        {
            if (parts.Length > 1) group = parts[1];
            if (parts.Length > 2) version = parts[2];
            at = 3;
        }
        else
        {
            return null;
        }
        return ParseResource(group, version, parts, at);
    }

    private static RequestTarget ParseResource(string group, string version, string[] parts, int at)
    {
        bool watch = at < parts.Length && parts[at] == "watch";
        if (watch) at++;
        string space = "";
        if (at < parts.Length && parts[at] == "namespaces" && at + 1 < parts.Length)
        {
            space = parts[at + 1];
            bool inside = at + 2 < parts.Length && parts[at + 2] is not ("status" or "finalize");
            if (inside) at += 2;
        }
        string Part(int index) => index < parts.Length ? parts[index] : "";
        string rest = at + 3 < parts.Length ? string.Join('/', parts[(at + 3)..]) : "";
        string resource = Part(at);
        if (resource == "namespaces") space = "";
        return new RequestTarget(group, version, space, resource, Part(at + 1), Part(at + 2), watch, rest);
    }
}
