using System.Globalization;
using Hive.Drone.Desired;
using Hive.Drone.Pods;
using Hive.Drone.Variables;
using Hive.Drone.Volumes;
using Hive.Objects;

namespace Hive.Drone.Shell;

/// <summary>Makes volumes below a pod's directory and fills those that are made from objects; replaces their contents in one step.</summary>
internal sealed class VolumeKeeper(string dataDirectory, ObjectSources sources)
{
    /// <summary>The pod's own directory on this node.</summary>
    public string PodDirectory(PodUid uid) => Path.Combine(dataDirectory, "pods", uid.Value.Replace('/', '_'));

    public string VolumePath(PodUid uid, string volume) => Path.Combine(PodDirectory(uid), "volumes", volume);

    public async Task<OrderOutcome> PrepareAsync(DesiredPod pod, Volume volume, CancellationToken cancellation)
    {
        try
        {
            if (volume.HostPath is { } host) return PrepareHostPath(host);
            string path = VolumePath(pod.Uid, volume.Name);
            if (volume.ConfigMap is not null || volume.Secret is not null || volume.Projected is not null || volume.DownwardAPI is not null)
            {
                return await FillAsync(pod, volume, path, cancellation);
            }
            if (volume.EmptyDir is { } empty || IsUnset(volume)) return PrepareEmpty(volume.EmptyDir ?? new EmptyDirVolumeSource(), path, pod);
            return OrderOutcome.Retry("FailedMount", "this drone knows the volume types emptyDir, hostPath, configMap, secret, downwardAPI and projected");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return OrderOutcome.Retry("FailedMount", failure.Message);
        }
    }

    /// <summary>The path on this machine that a mount of a volume shows.</summary>
    public string SourceOf(DesiredPod pod, Volume volume) => volume.HostPath is { } host ? host.Path : VolumePath(pod.Uid, volume.Name);

    /// <summary>Unmounts what is mounted below the pod's directory, and deletes it.</summary>
    public OrderOutcome CleanUp(PodUid uid)
    {
        string directory = PodDirectory(uid);
        try
        {
            string volumes = Path.Combine(directory, "volumes");
            if (Directory.Exists(volumes))
            {
                foreach (string volume in Directory.EnumerateDirectories(volumes)) HostCalls.Unmount(volume);
            }
            if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
            return OrderOutcome.Done;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return OrderOutcome.Retry("", failure.Message);
        }
    }

    private static bool IsUnset(Volume volume) =>
        volume.PersistentVolumeClaim is null && volume.Nfs is null && volume.Csi is null && volume.Iscsi is null && volume.Ephemeral is null && volume.Image is null
        && volume.GcePersistentDisk is null && volume.AwsElasticBlockStore is null && volume.GitRepo is null && volume.Glusterfs is null && volume.Rbd is null
        && volume.FlexVolume is null && volume.Cinder is null && volume.Cephfs is null && volume.Flocker is null && volume.Fc is null && volume.AzureFile is null
        && volume.VsphereVolume is null && volume.Quobyte is null && volume.AzureDisk is null && volume.PhotonPersistentDisk is null
        && volume.PortworxVolume is null && volume.ScaleIO is null && volume.Storageos is null;

    private static OrderOutcome PrepareEmpty(EmptyDirVolumeSource source, string path, DesiredPod pod)
    {
        if (!Directory.Exists(path))
        {
            Directory.CreateDirectory(path);
            if (source.Medium == StorageMedium.Memory)
            {
                string size = source.SizeLimit is { IsZero: false } limit ? $"size={limit.Value.ToString(CultureInfo.InvariantCulture)}" : "size=50%";
                // Best effort: where a tmpfs may not be mounted the disk serves.
                HostCalls.TryMountMemory(path, size, out _);
            }
            File.SetUnixFileMode(path, (UnixFileMode)0b111_111_111);
            if (pod.Pod.Spec.SecurityContext?.FsGroup is { } group) HostCalls.Chown(path, uint.MaxValue, (uint)group);
        }
        return OrderOutcome.Done;
    }

    private static OrderOutcome PrepareHostPath(HostPathVolumeSource source)
    {
        string path = source.Path;
        bool directory = Directory.Exists(path);
        bool file = File.Exists(path);
        switch (source.Type ?? "")
        {
            case "": return OrderOutcome.Done;
            case HostPathType.DirectoryOrCreate:
                if (!directory) Directory.CreateDirectory(path);
                return OrderOutcome.Done;
            case HostPathType.FileOrCreate:
                if (!file && !directory) File.WriteAllBytes(path, []);
                return directory ? Wrong(path, "is a directory") : OrderOutcome.Done;
            case HostPathType.Directory: return directory ? OrderOutcome.Done : Wrong(path, "is not a directory");
            case HostPathType.File: return file ? OrderOutcome.Done : Wrong(path, "is not a file");
            default: return file ? OrderOutcome.Done : Wrong(path, $"is not there (type {source.Type})");
        }
    }

    private static OrderOutcome Wrong(string path, string what) => OrderOutcome.Retry("FailedMount", $"hostPath type check failed: {path} {what}");

    private async Task<OrderOutcome> FillAsync(DesiredPod pod, Volume volume, string path, CancellationToken cancellation)
    {
        (SortedSet<string> maps, SortedSet<string> secrets) = FileSet.References(volume);
        (VariableSources? found, string problem) = await sources.FetchAsync(pod.Pod, maps, secrets, withServices: false, "", cancellation);
        if (found is null) return OrderOutcome.Retry("FailedMount", problem);
        var tokens = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (VolumeProjection projection in volume.Projected?.Sources ?? [])
        {
            if (projection.ServiceAccountToken is not { } wanted) continue;
            LinkAnswer<string> token = await sources.TokenAsync(pod.Pod, wanted.Audience, wanted.ExpirationSeconds ?? 3600, cancellation);
            if (token.Ok) tokens[wanted.Path] = token.Value!;
            else if (token.Fate == LinkFate.Unreachable) return OrderOutcome.Retry("FailedMount", token.Problem);
        }
        FileSetResult files = FileSet.Build(pod.Pod, volume, found, tokens);
        if (files.Problem.Length > 0) return OrderOutcome.Retry("FailedMount", files.Problem);
        Replace(path, files);
        return OrderOutcome.Done;
    }

    /// <summary>
    /// New contents go to a directory of their own; then one rename of the link <c>..data</c> shows all of them at once. What users see are links
    /// through <c>..data</c>, as in Kubernetes, so that a program that watches sees one change.
    /// </summary>
    private static void Replace(string path, FileSetResult files)
    {
        Directory.CreateDirectory(path);
        string data = Path.Combine(path, "..data");
        string? current = new FileInfo(data).LinkTarget;
        if (current is not null && Holds(Path.Combine(path, current), files)) return;
        string name = $"..{Guid.NewGuid():n}";
        string fresh = Path.Combine(path, name);
        Directory.CreateDirectory(fresh);
        foreach (VolumeFile file in files.Files)
        {
            string target = Path.Combine(fresh, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.WriteAllBytes(target, file.Bytes.ToArray());
            File.SetUnixFileMode(target, (UnixFileMode)(file.Mode & 0b111_111_111));
        }
        string link = Path.Combine(path, "..data.new");
        File.Delete(link);
        File.CreateSymbolicLink(link, name);
        HostCalls.Rename(link, data);
        var shown = new SortedSet<string>(files.Files.Select(f => f.Path.Split('/')[0]), StringComparer.Ordinal);
        foreach (string entry in Directory.EnumerateFileSystemEntries(path))
        {
            string own = Path.GetFileName(entry);
            if (!own.StartsWith("..", StringComparison.Ordinal) && !shown.Contains(own)) File.Delete(entry);
            if (own.StartsWith("..", StringComparison.Ordinal) && own is not "..data" && own != name) Directory.Delete(entry, recursive: true);
        }
        foreach (string top in shown)
        {
            string place = Path.Combine(path, top);
            if (!Path.Exists(place)) File.CreateSymbolicLink(place, Path.Combine("..data", top));
        }
    }

    private static bool Holds(string directory, FileSetResult files)
    {
        if (!Directory.Exists(directory)) return false;
        int count = Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Count();
        return count == files.Files.Length && files.Files.All(f => File.Exists(Path.Combine(directory, f.Path))
            && File.ReadAllBytes(Path.Combine(directory, f.Path)).AsSpan().SequenceEqual(f.Bytes.Span));
    }
}
