namespace Hive.Objects;

/// <summary>Defaults of a pod that depend on its other fields. The plain ones stand on the attributes.</summary>
internal static class PodDefaults
{
    internal static PodSpec Apply(PodSpec spec)
    {
        var containers = spec.Containers;
        var initContainers = spec.InitContainers;
        return spec with
        {
            Containers = Each(containers, container => Container(container, spec.HostNetwork)),
            InitContainers = Each(initContainers, container => Container(container, spec.HostNetwork)),
            EphemeralContainers = Each(spec.EphemeralContainers, container => container.ImagePullPolicy.Length > 0 ? container : container with { ImagePullPolicy = PullPolicyFor(container.Image) }),
            Volumes = Each(spec.Volumes, Volume),
            SecurityContext = spec.SecurityContext ?? new PodSecurityContext(),
            // The older name of the same field.
            ServiceAccount = spec.ServiceAccount.Length > 0 ? spec.ServiceAccount : spec.ServiceAccountName,
            ServiceAccountName = spec.ServiceAccountName.Length > 0 ? spec.ServiceAccountName : spec.ServiceAccount,
        };
    }

    /// <summary>An image without tag, or with the tag "latest", may change behind its name.</summary>
    internal static string PullPolicyFor(string image)
    {
        if (image.Contains('@')) return PullPolicy.IfNotPresent;
        var name = image[(image.LastIndexOf('/') + 1)..];
        var colon = name.IndexOf(':');
        return colon < 0 || name[(colon + 1)..] == "latest" ? PullPolicy.Always : PullPolicy.IfNotPresent;
    }

    private static Container Container(Container container, bool hostNetwork)
    {
        var changed = container;
        if (changed.ImagePullPolicy.Length == 0) changed = changed with { ImagePullPolicy = PullPolicyFor(changed.Image) };
        var resources = RequestsFromLimits(changed.Resources);
        if (!ReferenceEquals(resources, changed.Resources)) changed = changed with { Resources = resources };
        if (hostNetwork && changed.Ports.Any(port => port.HostPort == 0))
        {
            changed = changed with { Ports = Each(changed.Ports, port => port.HostPort != 0 ? port : port with { HostPort = port.Port }) };
        }
        return Probes(changed);
    }

    // An HTTP probe and a gRPC probe have defaults of their own that an absent field needs.
    private static Container Probes(Container container)
    {
        if (container.LivenessProbe is null && container.ReadinessProbe is null && container.StartupProbe is null) return container;
        return container with
        {
            LivenessProbe = Probe(container.LivenessProbe),
            ReadinessProbe = Probe(container.ReadinessProbe),
            StartupProbe = Probe(container.StartupProbe),
        };
    }

    private static Probe? Probe(Probe? probe) => probe?.Grpc is { Service: null } grpc ? probe with { Grpc = grpc with { Service = "" } } : probe;

    private static ResourceRequirements RequestsFromLimits(ResourceRequirements resources)
    {
        var missing = resources.Limits.Keys.Where(resource => !resources.Requests.ContainsKey(resource)).ToArray();
        if (missing.Length == 0) return resources;
        var requests = resources.Requests.Concat(missing.Select(resource => new KeyValuePair<string, Quantity>(resource, resources.Limits[resource])));
        return resources with { Requests = OrdinalMap.FromPairs(requests) };
    }

    // A volume without any source is an empty directory.
    private static Volume Volume(Volume volume)
    {
        if (volume.HostPath is { Type: null } path) return volume with { HostPath = path with { Type = "" } };
        return VolumeSources.Of(volume).Any() ? volume : volume with { EmptyDir = new EmptyDirVolumeSource() };
    }

    private static IReadOnlyList<T> Each<T>(IReadOnlyList<T> list, Func<T, T> change) where T : class
    {
        T[]? changed = null;
        for (var i = 0; i < list.Count; i++)
        {
            var item = change(list[i]);
            if (ReferenceEquals(item, list[i])) continue;
            changed ??= [.. list];
            changed[i] = item;
        }
        return changed ?? list;
    }
}
