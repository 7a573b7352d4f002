namespace Hive.Objects;

/// <summary>The rules for one container.</summary>
internal static class ContainerValidation
{
    internal static void Validate(Container container, string path, HashSet<string> volumes, HashSet<string> names, FieldErrors errors)
    {
        if (container.Name.Length > 0 && Names.Label(container.Name) is { } bad) errors.Invalid($"{path}.name", container.Name, bad);
        if (container.Name.Length > 0 && !names.Add(container.Name)) errors.Duplicate($"{path}.name", container.Name);
        if (container.Image.Length == 0) errors.Required($"{path}.image");
        else if (container.Image.Trim().Length != container.Image.Length) errors.Invalid($"{path}.image", container.Image, "must not have leading or trailing whitespace");
        Ports(container, path, errors);
        Environment(container, path, errors);
        Mounts(container, path, volumes, errors);
        Resources(container.Resources, $"{path}.resources", errors);
        Probe(container.LivenessProbe, $"{path}.livenessProbe", errors);
        Probe(container.ReadinessProbe, $"{path}.readinessProbe", errors);
        Probe(container.StartupProbe, $"{path}.startupProbe", errors);
        if (container.LivenessProbe is { SuccessThreshold: not 1 }) errors.Invalid($"{path}.livenessProbe.successThreshold", container.LivenessProbe.SuccessThreshold, "must be 1");
        if (container.StartupProbe is { SuccessThreshold: not 1 }) errors.Invalid($"{path}.startupProbe.successThreshold", container.StartupProbe.SuccessThreshold, "must be 1");
        if (container.Lifecycle is { } lifecycle)
        {
            Handler(lifecycle.PostStart, $"{path}.lifecycle.postStart", errors);
            Handler(lifecycle.PreStop, $"{path}.lifecycle.preStop", errors);
        }
    }

    private static void Ports(Container container, string path, FieldErrors errors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < container.Ports.Count; i++)
        {
            var port = container.Ports[i];
            var field = PodValidation.Item($"{path}.ports", i);
            if (port.Name.Length > 0 && Names.PortName(port.Name) is { } bad) errors.Invalid($"{field}.name", port.Name, bad);
            else if (port.Name.Length > 0 && !names.Add(port.Name)) errors.Duplicate($"{field}.name", port.Name);
            if (port.Port == 0) errors.Required($"{field}.containerPort");
        }
    }

    private static void Environment(Container container, string path, FieldErrors errors)
    {
        for (var i = 0; i < container.Env.Count; i++)
        {
            var variable = container.Env[i];
            var field = PodValidation.Item($"{path}.env", i);
            if (variable.Name.Length > 0 && Names.EnvironmentVariable(variable.Name) is { } bad) errors.Invalid($"{field}.name", variable.Name, bad);
            if (variable.ValueFrom is not { } source) continue;
            var sources = TypeSchema.Of(typeof(EnvVarSource)).Fields.Count(f => !f.IsEmpty(source));
            if (variable.Value.Length > 0 && sources > 0) errors.Invalid($"{field}.valueFrom", "", "may not be specified when `value` is not empty");
            else if (sources == 0) errors.Invalid($"{field}.valueFrom", "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`");
            else if (sources > 1) errors.Invalid($"{field}.valueFrom", "", "may not have more than one field specified at a time");
        }
        for (var i = 0; i < container.EnvFrom.Count; i++)
        {
            var source = container.EnvFrom[i];
            var field = PodValidation.Item($"{path}.envFrom", i);
            if (source.ConfigMapRef is null && source.SecretRef is null) errors.Invalid(field, "", "must specify one of: `configMapRef` or `secretRef`");
            if (source.ConfigMapRef is not null && source.SecretRef is not null) errors.Invalid(field, "", "may not have more than one field specified at a time");
        }
    }

    private static void Mounts(Container container, string path, HashSet<string> volumes, FieldErrors errors)
    {
        var paths = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < container.VolumeMounts.Count; i++)
        {
            var mount = container.VolumeMounts[i];
            var field = PodValidation.Item($"{path}.volumeMounts", i);
            if (mount.Name.Length > 0 && !volumes.Contains(mount.Name)) errors.NotFound($"{field}.name", mount.Name);
            if (mount.MountPath.Length > 0 && !paths.Add(mount.MountPath)) errors.Invalid($"{field}.mountPath", mount.MountPath, "must be unique");
            if (mount.SubPath.StartsWith('/')) errors.Invalid($"{field}.subPath", mount.SubPath, "must be a relative path");
            if (mount.SubPath.Split('/').Contains("..")) errors.Invalid($"{field}.subPath", mount.SubPath, "must not contain '..'");
        }
    }

    internal static void Resources(ResourceRequirements resources, string path, FieldErrors errors)
    {
        Amounts(resources.Limits, $"{path}.limits", errors);
        Amounts(resources.Requests, $"{path}.requests", errors);
        foreach (var (resource, request) in resources.Requests)
        {
            if (resources.Limits.TryGetValue(resource, out var limit) && request > limit)
            {
                errors.Invalid($"{path}.requests", request, $"must be less than or equal to {resource} limit of {limit}");
            }
        }
    }

    private static void Amounts(OrdinalMap<Quantity> amounts, string path, FieldErrors errors)
    {
        foreach (var (resource, amount) in amounts)
        {
            if (Names.QualifiedName(resource) is { } bad) errors.Invalid($"{path}[{resource}]", resource, bad);
            else if (!resource.Contains('/') && resource is not ("cpu" or "memory" or "ephemeral-storage") && !resource.StartsWith("hugepages-", StringComparison.Ordinal))
            {
                errors.Invalid($"{path}[{resource}]", resource, "must be a standard resource type or fully qualified");
            }
            if (amount.Sign < 0) errors.Invalid($"{path}[{resource}]", amount, "must be greater than or equal to 0");
        }
    }

    private static void Probe(Probe? probe, string path, FieldErrors errors)
    {
        if (probe is null) return;
        var handlers = (probe.Exec is null ? 0 : 1) + (probe.HttpGet is null ? 0 : 1) + (probe.TcpSocket is null ? 0 : 1) + (probe.Grpc is null ? 0 : 1);
        if (handlers == 0) errors.Required(path, "must specify a handler type");
        if (handlers > 1) errors.Forbidden(path, "may not specify more than 1 handler type");
        if (probe.Exec is { Command.Count: 0 }) errors.Required($"{path}.exec.command");
        if (probe.HttpGet is { } http) Port(http.Port, $"{path}.httpGet.port", errors);
        if (probe.TcpSocket is { } tcp) Port(tcp.Port, $"{path}.tcpSocket.port", errors);
        if (probe.Grpc is { Port: < 1 or > 65535 } grpc) errors.Invalid($"{path}.grpc.port", grpc.Port, "must be between 1 and 65535, inclusive");
    }

    private static void Handler(LifecycleHandler? handler, string path, FieldErrors errors)
    {
        if (handler is null) return;
        var handlers = TypeSchema.Of(typeof(LifecycleHandler)).Fields.Count(f => !f.IsEmpty(handler));
        if (handlers == 0) errors.Required(path, "must specify a handler type");
        if (handlers > 1) errors.Forbidden(path, "may not specify more than 1 handler type");
    }

    internal static void Port(IntOrString port, string path, FieldErrors errors)
    {
        if (port.Text is { } name)
        {
            if (Names.PortName(name) is { } bad) errors.Invalid(path, name, bad);
        }
        else if (port.Int is < 1 or > 65535)
        {
            errors.Invalid(path, port.Int, "must be between 1 and 65535, inclusive");
        }
    }
}
