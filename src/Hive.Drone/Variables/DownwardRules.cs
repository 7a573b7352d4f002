using System.Globalization;
using System.Text;
using Hive.Drone.Pods;
using Hive.Objects;

namespace Hive.Drone.Variables;

/// <summary>What a pod can learn of itself: fields of its object and resources of its containers.</summary>
public static class DownwardRules
{
    public static bool TryField(Pod pod, string path, PodFacts facts, out string? value)
    {
        if (TryKeyed(path, "metadata.labels", out string key)) value = pod.Metadata.Labels.Get(key) ?? "";
        else if (TryKeyed(path, "metadata.annotations", out key)) value = pod.Metadata.Annotations.Get(key) ?? "";
        else
        {
            value = path switch
            {
                "metadata.name" => pod.Metadata.Name,
                "metadata.namespace" => pod.Metadata.Namespace,
                "metadata.uid" => pod.Metadata.Uid,
                "metadata.labels" => Lines(pod.Metadata.Labels),
                "metadata.annotations" => Lines(pod.Metadata.Annotations),
                "spec.nodeName" => facts.NodeName,
                "spec.serviceAccountName" => pod.Spec.ServiceAccountName,
                "status.hostIP" or "status.hostIPs" => facts.HostAddress,
                "status.podIP" or "status.podIPs" => facts.PodAddress,
                _ => null,
            };
        }
        return value is not null;
    }

    /// <summary>A limit that is not set is what the node has.</summary>
    public static bool TryResource(Pod pod, Container own, ResourceFieldSelector selector, PodFacts facts, out string? value)
    {
        value = null;
        Container? container = selector.ContainerName.Length == 0 || selector.ContainerName == own.Name
            ? own : PodPlanner.AllContainers(pod).FirstOrDefault(c => c.Name == selector.ContainerName);
        int dot = selector.Resource.IndexOf('.', StringComparison.Ordinal);
        if (container is null || dot < 0) return false;
        string resource = selector.Resource[(dot + 1)..];
        bool limits = selector.Resource.StartsWith("limits.", StringComparison.Ordinal);
        if (resource is not ("cpu" or "memory" or "ephemeral-storage") || (!limits && !selector.Resource.StartsWith("requests.", StringComparison.Ordinal))) return false;
        Quantity amount = default;
        bool set = (limits ? container.Resources.Limits : container.Resources.Requests).TryGetValue(resource, out amount);
        if (!set && limits) amount = resource == "cpu" ? Quantity.FromMilli(facts.NodeMilliCpu) : Quantity.FromBytes(facts.NodeMemoryBytes);
        long divisor = selector.Divisor.IsZero ? 1000 : Math.Max(1, selector.Divisor.MilliValue);
        long units = resource == "cpu"
            ? (amount.MilliValue + divisor - 1) / divisor
            : (amount.Value + Math.Max(1, divisor / 1000) - 1) / Math.Max(1, divisor / 1000);
        value = units.ToString(CultureInfo.InvariantCulture);
        return true;
    }

    private static bool TryKeyed(string path, string map, out string key)
    {
        key = "";
        if (!path.StartsWith(map + "['", StringComparison.Ordinal) || !path.EndsWith("']", StringComparison.Ordinal)) return false;
        key = path[(map.Length + 2)..^2];
        return true;
    }

    /// <summary>One <c>key="value"</c> a line, the value quoted so that it stays on its line.</summary>
    private static string Lines(StringMap map)
    {
        var text = new StringBuilder();
        foreach ((string key, string value) in map)
        {
            text.Append(key).Append("=\"")
                .Append(value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal))
                .Append("\"\n");
        }
        return text.ToString();
    }
}
