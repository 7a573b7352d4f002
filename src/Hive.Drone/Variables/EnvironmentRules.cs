using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Hive.Objects;

namespace Hive.Drone.Variables;

/// <summary>What a pod's variables and files are made from, fetched beforehand. A name that is looked for and not there maps to null.</summary>
public sealed record VariableSources(
    SortedDictionary<string, ConfigMap?> ConfigMaps, SortedDictionary<string, Secret?> Secrets, ImmutableArray<Service> Services, PodFacts Facts)
{
    public static VariableSources Empty(PodFacts facts) => new(new(StringComparer.Ordinal), new(StringComparer.Ordinal), [], facts);
}

/// <summary>What a pod may ask about where it is.</summary>
public sealed record PodFacts(string PodAddress, string HostAddress, string NodeName, long NodeMilliCpu, long NodeMemoryBytes);

/// <summary>The variables of a container, or why they cannot be had yet.</summary>
public sealed record EnvironmentResult(ImmutableArray<KeyValuePair<string, string>> Variables, string Problem);

/// <summary>Builds a container's environment as Kubernetes does: services, then envFrom, then env; later ones win.</summary>
public static class EnvironmentRules
{
    /// <summary>ConfigMaps and Secrets that the container names, without which it cannot be judged.</summary>
    public static (SortedSet<string> ConfigMaps, SortedSet<string> Secrets) References(Container container)
    {
        var maps = new SortedSet<string>(StringComparer.Ordinal);
        var secrets = new SortedSet<string>(StringComparer.Ordinal);
        foreach (EnvFromSource from in container.EnvFrom)
        {
            if (from.ConfigMapRef is { } map) maps.Add(map.Name);
            if (from.SecretRef is { } secret) secrets.Add(secret.Name);
        }
        foreach (EnvVar variable in container.Env)
        {
            if (variable.ValueFrom?.ConfigMapKeyRef is { } map) maps.Add(map.Name);
            if (variable.ValueFrom?.SecretKeyRef is { } secret) secrets.Add(secret.Name);
        }
        return (maps, secrets);
    }

    public static EnvironmentResult Build(Pod pod, Container container, VariableSources sources)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (pod.Spec.EnableServiceLinks != false) AddServices(values, sources.Services);
        foreach (EnvFromSource from in container.EnvFrom)
        {
            if (AddAll(values, from, sources) is { } problem) return new EnvironmentResult([], problem);
        }
        foreach (EnvVar variable in container.Env)
        {
            string? value = variable.ValueFrom is null ? Expansion.Expand(variable.Value, values) : null;
            if (variable.ValueFrom is { } source && TryResolve(pod, container, source, sources, out value) is { } problem) return new EnvironmentResult([], problem);
            if (value is not null) values[variable.Name] = value;
        }
        return new EnvironmentResult([.. values], "");
    }

    private static string? AddAll(SortedDictionary<string, string> values, EnvFromSource from, VariableSources sources)
    {
        if (from.ConfigMapRef is { } mapRef)
        {
            if (sources.ConfigMaps.GetValueOrDefault(mapRef.Name) is not { } map) return mapRef.Optional == true ? null : $"configmap \"{mapRef.Name}\" not found";
            foreach ((string key, string value) in map.Data) AddNamed(values, from.Prefix + key, value);
        }
        if (from.SecretRef is { } secretRef)
        {
            if (sources.Secrets.GetValueOrDefault(secretRef.Name) is not { } secret) return secretRef.Optional == true ? null : $"secret \"{secretRef.Name}\" not found";
            foreach ((string key, Bytes value) in secret.Data) AddNamed(values, from.Prefix + key, value.ToString());
        }
        return null;
    }

    /// <summary>Keys that cannot be names of variables are passed over, as in Kubernetes.</summary>
    private static void AddNamed(SortedDictionary<string, string> values, string name, string value)
    {
        if (name.Length > 0 && !name.Contains('=', StringComparison.Ordinal) && !char.IsAsciiDigit(name[0])) values[name] = value;
    }

    private static string? TryResolve(Pod pod, Container container, EnvVarSource source, VariableSources sources, out string? value)
    {
        value = null;
        if (source.ConfigMapKeyRef is { } mapKey)
        {
            ConfigMap? map = sources.ConfigMaps.GetValueOrDefault(mapKey.Name);
            value = map?.Data.Get(mapKey.Key);
            if (value is not null || mapKey.Optional == true) return null;
            return map is null ? $"configmap \"{mapKey.Name}\" not found" : $"couldn't find key {mapKey.Key} in ConfigMap {pod.Namespace}/{mapKey.Name}";
        }
        if (source.SecretKeyRef is { } secretKey)
        {
            Secret? secret = sources.Secrets.GetValueOrDefault(secretKey.Name);
            value = secret is not null && secret.Data.TryGetValue(secretKey.Key, out Bytes bytes) ? bytes.ToString() : null;
            if (value is not null || secretKey.Optional == true) return null;
            return secret is null ? $"secret \"{secretKey.Name}\" not found" : $"couldn't find key {secretKey.Key} in Secret {pod.Namespace}/{secretKey.Name}";
        }
        if (source.FieldRef is { } field) return DownwardRules.TryField(pod, field.FieldPath, sources.Facts, out value) ? null : $"unsupported fieldPath: {field.FieldPath}";
        if (source.ResourceFieldRef is { } resource)
        {
            return DownwardRules.TryResource(pod, container, resource, sources.Facts, out value) ? null : $"unsupported container resource: {resource.Resource}";
        }
        return "a variable's valueFrom names no source that this drone knows";
    }

    private static void AddServices(SortedDictionary<string, string> values, ImmutableArray<Service> services)
    {
        foreach (Service service in services)
        {
            if (service.Spec.ClusterIP is "" or "None" || service.Spec.Ports.Count == 0) continue;
            string name = service.Name.ToUpperInvariant().Replace('-', '_');
            values[$"{name}_SERVICE_HOST"] = service.Spec.ClusterIP;
            values[$"{name}_SERVICE_PORT"] = service.Spec.Ports[0].Port.ToString(CultureInfo.InvariantCulture);
            foreach (ServicePort port in service.Spec.Ports.Where(p => p.Name.Length > 0))
            {
                values[$"{name}_SERVICE_PORT_{port.Name.ToUpperInvariant().Replace('-', '_')}"] = port.Port.ToString(CultureInfo.InvariantCulture);
            }
        }
    }
}

/// <summary>Replaces <c>$(NAME)</c> by the variable's value; <c>$$(NAME)</c> escapes; what is not known stays as it is.</summary>
public static class Expansion
{
    public static string Expand(string text, IReadOnlyDictionary<string, string> values)
    {
        if (!text.Contains('$', StringComparison.Ordinal)) return text;
        var result = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length; at++)
        {
            if (text[at] != '$' || at + 1 == text.Length)
            {
                result.Append(text[at]);
                continue;
            }
            if (text[at + 1] == '$')
            {
                result.Append('$');
                at++;
                continue;
            }
            int close = text[at + 1] == '(' ? text.IndexOf(')', at + 2) : -1;
            if (close > 0 && values.TryGetValue(text[(at + 2)..close], out string? value))
            {
                result.Append(value);
                at = close;
            }
            else
            {
                result.Append('$');
            }
        }
        return result.ToString();
    }
}
