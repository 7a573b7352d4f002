namespace Hive.Objects;

/// <summary>
/// A part of a resource with verbs of its own. <paramref name="Kind"/> is the kind of its bodies; with <paramref name="Group"/> and <paramref name="Version"/> where that kind is of
/// another group version than the resource.
/// </summary>
public sealed record SubResource(string Name, IReadOnlyList<string> Verbs, string Kind, string Group = "", string Version = "")
{
    public static SubResource Status(string kind) => new("status", ["get", "patch", "update"], kind);

    public static SubResource Scale { get; } = new("scale", ["get", "patch", "update"], "Scale", "autoscaling", "v1");
}
