using System.Collections.Immutable;
using System.Text;
using Hive.Drone.Variables;
using Hive.Objects;

namespace Hive.Drone.Volumes;

/// <summary>One file of a volume that is made from objects.</summary>
public sealed record VolumeFile(string Path, ReadOnlyMemory<byte> Bytes, int Mode);

/// <summary>The files of a ConfigMap, Secret, downward or projected volume, or why they cannot be had yet.</summary>
public sealed record FileSetResult(ImmutableArray<VolumeFile> Files, string Problem)
{
    public static FileSetResult Failed(string problem) => new([], problem);
}

/// <summary>Which files a volume made from objects holds: pure, from objects fetched beforehand.</summary>
public static class FileSet
{
    private const int DefaultMode = 0b110_100_100;

    /// <summary>The ConfigMaps and Secrets that a volume names.</summary>
    public static (SortedSet<string> ConfigMaps, SortedSet<string> Secrets) References(Volume volume)
    {
        var maps = new SortedSet<string>(StringComparer.Ordinal);
        var secrets = new SortedSet<string>(StringComparer.Ordinal);
        if (volume.ConfigMap is { } map) maps.Add(map.Name);
        if (volume.Secret is { } secret) secrets.Add(secret.SecretName);
        foreach (VolumeProjection source in volume.Projected?.Sources ?? [])
        {
            if (source.ConfigMap is { } projectedMap) maps.Add(projectedMap.Name);
            if (source.Secret is { } projectedSecret) secrets.Add(projectedSecret.Name);
        }
        return (maps, secrets);
    }

    /// <param name="tokens">Service account tokens by the path of their file.</param>
    public static FileSetResult Build(Pod pod, Volume volume, VariableSources sources, IReadOnlyDictionary<string, string> tokens)
    {
        var files = new SortedDictionary<string, VolumeFile>(StringComparer.Ordinal);
        string? problem = null;
        if (volume.ConfigMap is { } map) problem = AddConfigMap(files, pod, sources, map.Name, map.Items, map.DefaultMode ?? DefaultMode, map.Optional == true);
        else if (volume.Secret is { } secret) problem = AddSecret(files, pod, sources, secret.SecretName, secret.Items, secret.DefaultMode ?? DefaultMode, secret.Optional == true);
        else if (volume.DownwardAPI is { } downward) problem = AddDownward(files, pod, sources, downward.Items, downward.DefaultMode ?? DefaultMode);
        else if (volume.Projected is { } projected)
        {
            foreach (VolumeProjection source in projected.Sources)
            {
                problem ??= AddProjection(files, pod, sources, tokens, source, projected.DefaultMode ?? DefaultMode);
            }
        }
        if (problem is not null) return FileSetResult.Failed(problem);
        foreach (string path in files.Keys)
        {
            if (!IsInside(path)) return FileSetResult.Failed($"the path \"{path}\" leads out of the volume");
        }
        return new FileSetResult([.. files.Values], "");
    }

    private static string? AddProjection(
        SortedDictionary<string, VolumeFile> files, Pod pod, VariableSources sources, IReadOnlyDictionary<string, string> tokens, VolumeProjection source, int mode)
    {
        if (source.ConfigMap is { } map) return AddConfigMap(files, pod, sources, map.Name, map.Items, mode, map.Optional == true);
        if (source.Secret is { } secret) return AddSecret(files, pod, sources, secret.Name, secret.Items, mode, secret.Optional == true);
        if (source.DownwardAPI is { } downward) return AddDownward(files, pod, sources, downward.Items, mode);
        if (source.ServiceAccountToken is { } token)
        {
            // The queens may issue no tokens; the pod then runs without one.
            if (tokens.TryGetValue(token.Path, out string? text)) files[token.Path] = new VolumeFile(token.Path, Encoding.UTF8.GetBytes(text), mode & ~0b000_111_111 | 0b110_000_000);
            return null;
        }
        return "a projected volume asks for a source that this drone does not know";
    }

    private static string? AddConfigMap(
        SortedDictionary<string, VolumeFile> files, Pod pod, VariableSources sources, string name, IReadOnlyList<KeyToPath> items, int mode, bool optional)
    {
        if (sources.ConfigMaps.GetValueOrDefault(name) is not { } map) return optional ? null : $"configmap \"{name}\" not found";
        var content = new SortedDictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach ((string key, string value) in map.Data) content[key] = Encoding.UTF8.GetBytes(value);
        foreach ((string key, Bytes value) in map.BinaryData) content[key] = value.Memory;
        return AddItems(files, content, items, mode, optional, $"ConfigMap {pod.Namespace}/{name}");
    }

    private static string? AddSecret(
        SortedDictionary<string, VolumeFile> files, Pod pod, VariableSources sources, string name, IReadOnlyList<KeyToPath> items, int mode, bool optional)
    {
        if (sources.Secrets.GetValueOrDefault(name) is not { } secret) return optional ? null : $"secret \"{name}\" not found";
        var content = new SortedDictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach ((string key, Bytes value) in secret.Data) content[key] = value.Memory;
        return AddItems(files, content, items, mode, optional, $"Secret {pod.Namespace}/{name}");
    }

    private static string? AddItems(
        SortedDictionary<string, VolumeFile> files, SortedDictionary<string, ReadOnlyMemory<byte>> content, IReadOnlyList<KeyToPath> items, int mode, bool optional, string whence)
    {
        if (items.Count == 0)
        {
            foreach ((string key, ReadOnlyMemory<byte> bytes) in content) files[key] = new VolumeFile(key, bytes, mode);
            return null;
        }
        foreach (KeyToPath item in items)
        {
            if (content.TryGetValue(item.Key, out ReadOnlyMemory<byte> bytes)) files[item.Path] = new VolumeFile(item.Path, bytes, item.Mode ?? mode);
            else if (!optional) return $"references non-existent key {item.Key} of {whence}";
        }
        return null;
    }

    private static string? AddDownward(SortedDictionary<string, VolumeFile> files, Pod pod, VariableSources sources, IReadOnlyList<DownwardAPIVolumeFile> items, int mode)
    {
        foreach (DownwardAPIVolumeFile item in items)
        {
            string? text = null;
            if (item.FieldRef is { } field && !DownwardRules.TryField(pod, field.FieldPath, sources.Facts, out text)) return $"unsupported fieldPath: {field.FieldPath}";
            if (item.ResourceFieldRef is { } resource)
            {
                Container? container = pod.Spec.Containers.FirstOrDefault(c => c.Name == resource.ContainerName);
                if (container is null || !DownwardRules.TryResource(pod, container, resource, sources.Facts, out text)) return $"unsupported container resource: {resource.Resource}";
            }
            files[item.Path] = new VolumeFile(item.Path, Encoding.UTF8.GetBytes(text ?? ""), item.Mode ?? mode);
        }
        return null;
    }

    /// <summary>Relative, and never upwards.</summary>
    internal static bool IsInside(string path) =>
        path.Length > 0 && path[0] != '/' && !path.Contains('\0', StringComparison.Ordinal) && !path.Split('/').Any(part => part is ".." or "");
}
