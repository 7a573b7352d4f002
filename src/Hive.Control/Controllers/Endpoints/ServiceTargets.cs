using Hive.Objects;

namespace Hive.Control.Controllers;

/// <summary>One port of a Service as one pod serves it.</summary>
public readonly record struct TargetPort(string Name, string Protocol, int Port, string? AppProtocol) : IComparable<TargetPort>
{
    public int CompareTo(TargetPort other)
    {
        int order = string.CompareOrdinal(Name, other.Name);
        if (order == 0) order = Port.CompareTo(other.Port);
        if (order == 0) order = string.CompareOrdinal(Protocol, other.Protocol);
        return order != 0 ? order : string.CompareOrdinal(AppProtocol, other.AppProtocol);
    }
}

/// <summary>A pod behind a Service.</summary>
/// <param name="Ready">Traffic may go there: it is ready, and nobody asked it to go.</param>
/// <param name="Serving">It is ready, whether or not it was asked to go.</param>
public sealed record ServiceTarget(Stored<Pod> Pod, bool Ready, bool Serving, bool Terminating, IReadOnlyList<TargetPort> Ports)
{
    public string Address => Pod.Value.Status.PodIP;

    public ObjectReference Reference => new() { Kind = "Pod", Namespace = Pod.Key.Namespace, Name = Pod.Key.Name, Uid = Pod.Uid };

    /// <summary>The name that the pod has in its Service's domain, if it asks for one.</summary>
    public string HostnameIn(Service service) =>
        Pod.Value.Spec.Hostname.Length > 0 && string.Equals(Pod.Value.Spec.Subdomain, service.Name, StringComparison.Ordinal) ? Pod.Value.Spec.Hostname : "";
}

/// <summary>Which pods are behind a Service, and on which ports: the one reading that Endpoints and EndpointSlices are both made of.</summary>
public static class ServiceTargets
{
    /// <summary>False: the Service's endpoints are not Hive's to write (no selector, or a name elsewhere).</summary>
    public static bool IsManaged(Service service) => !service.Spec.Selector.IsEmpty && service.Spec.Type != ServiceType.ExternalName;

    /// <summary>In key order.</summary>
    public static List<ServiceTarget> Of(IView view, Service service)
    {
        var targets = new List<ServiceTarget>();
        foreach (var pod in view.Matching<Pod>(service.Namespace, Selector.Of(service.Spec.Selector)))
        {
            if (pod.Value.Status.PodIP.Length == 0 || PodRules.IsFinished(pod.Value)) continue;
            bool serving = PodRules.IsReady(pod.Value);
            bool ready = service.Spec.PublishNotReadyAddresses || (serving && !pod.IsTerminating);
            targets.Add(new ServiceTarget(pod, ready, serving, pod.IsTerminating, PortsOf(service, pod.Value)));
        }
        return targets;
    }

    public static void Wake(in Change change, IView view, IWakeList wake)
    {
        if (change.Key.Resource == Resources.Services)
        {
            wake.Add(change.Key);
            return;
        }
        if (change.Key.Resource != Resources.Pods) return;
        foreach (var service in view.All<Service>(change.Key.Namespace))
        {
            if (!IsManaged(service.Value)) continue;
            var selector = Selector.Of(service.Value.Spec.Selector);
            if ((change.Before is { } before && selector.Matches(before.Metadata.Labels)) || (change.After is { } after && selector.Matches(after.Metadata.Labels)))
                wake.Add(service.Key);
        }
    }

    /// <summary>A port named by the container's name for it is looked up in each pod; a pod without it does not serve that port.</summary>
    private static List<TargetPort> PortsOf(Service service, Pod pod)
    {
        var ports = new List<TargetPort>();
        foreach (var port in service.Spec.Ports)
        {
            string protocol = port.Protocol.Length == 0 ? Protocol.TCP : port.Protocol;
            int number = port.TargetPort is { IsText: true, Text: { } name } ? Named(pod, name, protocol) : port.TargetPort.Int == 0 ? port.Port : port.TargetPort.Int;
            if (number > 0) ports.Add(new TargetPort(port.Name, protocol, number, port.AppProtocol));
        }
        ports.Sort();
        return ports;
    }

    private static int Named(Pod pod, string name, string protocol)
    {
        foreach (var container in pod.Spec.Containers)
        {
            foreach (var port in container.Ports)
            {
                bool same = string.Equals(port.Protocol.Length == 0 ? Protocol.TCP : port.Protocol, protocol, StringComparison.Ordinal);
                if (same && string.Equals(port.Name, name, StringComparison.Ordinal)) return port.Port;
            }
        }
        return 0;
    }
}

/// <summary>Lists of ports as keys: pods that serve the same ports share a slice or a subset.</summary>
internal sealed class PortListOrder : IComparer<IReadOnlyList<TargetPort>>
{
    public static readonly PortListOrder Instance = new();

    public int Compare(IReadOnlyList<TargetPort>? left, IReadOnlyList<TargetPort>? right)
    {
        int common = Math.Min(left!.Count, right!.Count);
        for (int i = 0; i < common; i++)
        {
            int order = left[i].CompareTo(right[i]);
            if (order != 0) return order;
        }
        return left.Count.CompareTo(right.Count);
    }
}
