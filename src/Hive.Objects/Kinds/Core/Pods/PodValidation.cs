using System.Globalization;

namespace Hive.Objects;

/// <summary>The rules for a pod's spec, alone or in the template of a controller.</summary>
internal static class PodValidation
{
    private static readonly string[] Operators = [TolerationOperator.Equal, TolerationOperator.Exists];

    internal static void Validate(PodSpec spec, string path, FieldErrors errors)
    {
        var volumes = Volumes(spec, path, errors);
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (spec.Containers.Count == 0) errors.Required($"{path}.containers");
        for (var i = 0; i < spec.Containers.Count; i++) ContainerValidation.Validate(spec.Containers[i], Item($"{path}.containers", i), volumes, names, errors);
        for (var i = 0; i < spec.InitContainers.Count; i++) InitContainer(spec.InitContainers[i], Item($"{path}.initContainers", i), volumes, names, errors);
        for (var i = 0; i < spec.EphemeralContainers.Count; i++) Ephemeral(spec.EphemeralContainers[i], Item($"{path}.ephemeralContainers", i), names, errors);
        MetadataValidation.Labels(spec.NodeSelector, $"{path}.nodeSelector", errors);
        if (spec.ServiceAccountName.Length > 0 && Names.Subdomain(spec.ServiceAccountName) is { } badAccount) errors.Invalid($"{path}.serviceAccountName", spec.ServiceAccountName, badAccount);
        if (spec.NodeName.Length > 0 && Names.Subdomain(spec.NodeName) is { } badNode) errors.Invalid($"{path}.nodeName", spec.NodeName, badNode);
        if (spec.Hostname.Length > 0 && Names.Label(spec.Hostname) is { } badHost) errors.Invalid($"{path}.hostname", spec.Hostname, badHost);
        if (spec.Subdomain.Length > 0 && Names.Label(spec.Subdomain) is { } badSubdomain) errors.Invalid($"{path}.subdomain", spec.Subdomain, badSubdomain);
        if (spec.ActiveDeadlineSeconds is < 1) errors.Invalid($"{path}.activeDeadlineSeconds", spec.ActiveDeadlineSeconds, $"must be between 1 and {int.MaxValue}, inclusive");
        Tolerations(spec, path, errors);
        Spreading(spec, path, errors);
        if (spec.DnsPolicy == DNSPolicy.None && spec.DnsConfig is not { Nameservers.Count: > 0 })
        {
            errors.Required($"{path}.dnsConfig.nameservers", "must provide at least one DNS nameserver when `dnsPolicy` is None");
        }
        HostPorts(spec, path, errors);
    }

    internal static string Item(string path, int index) => string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]");

    private static HashSet<string> Volumes(PodSpec spec, string path, FieldErrors errors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < spec.Volumes.Count; i++)
        {
            var volume = spec.Volumes[i];
            var field = Item($"{path}.volumes", i);
            if (volume.Name.Length > 0 && Names.Label(volume.Name) is { } bad) errors.Invalid($"{field}.name", volume.Name, bad);
            if (volume.Name.Length > 0 && !names.Add(volume.Name)) errors.Duplicate($"{field}.name", volume.Name);
            var sources = VolumeSources.Of(volume).ToArray();
            if (sources.Length == 0) errors.Required(field, "must specify a volume type");
            for (var s = 1; s < sources.Length; s++) errors.Forbidden($"{field}.{sources[s]}", "may not specify more than 1 volume type");
        }
        return names;
    }

    private static void InitContainer(Container container, string field, HashSet<string> volumes, HashSet<string> names, FieldErrors errors)
    {
        ContainerValidation.Validate(container, field, volumes, names, errors);
        var sidecar = container.RestartPolicy == RestartPolicy.Always;
        if (container.RestartPolicy is not null && !sidecar) errors.NotSupported($"{field}.restartPolicy", container.RestartPolicy, [RestartPolicy.Always]);
        if (sidecar) return;
        const string reason = "may not be set for init containers without restartPolicy=Always";
        if (container.Lifecycle is not null) errors.Forbidden($"{field}.lifecycle", reason);
        if (container.LivenessProbe is not null) errors.Forbidden($"{field}.livenessProbe", reason);
        if (container.ReadinessProbe is not null) errors.Forbidden($"{field}.readinessProbe", reason);
        if (container.StartupProbe is not null) errors.Forbidden($"{field}.startupProbe", reason);
    }

    private static void Ephemeral(EphemeralContainer container, string field, HashSet<string> names, FieldErrors errors)
    {
        if (container.Name.Length > 0 && Names.Label(container.Name) is { } bad) errors.Invalid($"{field}.name", container.Name, bad);
        if (container.Name.Length > 0 && !names.Add(container.Name)) errors.Duplicate($"{field}.name", container.Name);
        if (container.Image.Length == 0) errors.Required($"{field}.image");
    }

    private static void Tolerations(PodSpec spec, string path, FieldErrors errors)
    {
        for (var i = 0; i < spec.Tolerations.Count; i++)
        {
            var toleration = spec.Tolerations[i];
            var field = Item($"{path}.tolerations", i);
            if (toleration.Key.Length > 0 && Names.QualifiedName(toleration.Key) is { } bad) errors.Invalid($"{field}.key", toleration.Key, bad);
            if (toleration.Key.Length == 0 && toleration.Operator != TolerationOperator.Exists)
            {
                errors.Invalid($"{field}.operator", toleration.Operator, "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
            }
            if (toleration.TolerationSeconds is not null && toleration.Effect != TaintEffect.NoExecute)
            {
                errors.Invalid($"{field}.effect", toleration.Effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
            }
            if (toleration.Operator == TolerationOperator.Exists && toleration.Value.Length > 0) errors.Invalid($"{field}.operator", toleration.Value, "value must be empty when `operator` is 'Exists'");
            if (toleration.Operator.Length > 0 && !Operators.Contains(toleration.Operator)) errors.NotSupported($"{field}.operator", toleration.Operator, Operators);
        }
    }

    private static void Spreading(PodSpec spec, string path, FieldErrors errors)
    {
        var seen = new HashSet<(string, string)>();
        for (var i = 0; i < spec.TopologySpreadConstraints.Count; i++)
        {
            var constraint = spec.TopologySpreadConstraints[i];
            var field = Item($"{path}.topologySpreadConstraints", i);
            if (constraint.MaxSkew <= 0) errors.Invalid($"{field}.maxSkew", constraint.MaxSkew, "must be greater than zero");
            if (!seen.Add((constraint.TopologyKey, constraint.WhenUnsatisfiable))) errors.Duplicate($"{field}.{{topologyKey, whenUnsatisfiable}}", $"{{{constraint.TopologyKey}, {constraint.WhenUnsatisfiable}}}");
            if (constraint.LabelSelector is not null) SelectorValidation.Validate(constraint.LabelSelector, $"{field}.labelSelector", errors);
        }
    }

    private static void HostPorts(PodSpec spec, string path, FieldErrors errors)
    {
        var seen = new HashSet<(string, string, int)>();
        for (var c = 0; c < spec.Containers.Count; c++)
        {
            var ports = spec.Containers[c].Ports;
            for (var p = 0; p < ports.Count; p++)
            {
                var port = ports[p];
                var field = $"{Item($"{path}.containers", c)}.{Item("ports", p)}";
                if (spec.HostNetwork && port.HostPort != 0 && port.HostPort != port.Port) errors.Invalid($"{field}.hostPort", port.HostPort, "must match `containerPort` when `hostNetwork` is true");
                if (port.HostPort != 0 && !seen.Add((port.Protocol, port.HostIP, port.HostPort))) errors.Duplicate($"{field}.hostPort", $"{port.Protocol}//{port.HostPort}");
            }
        }
    }
}
