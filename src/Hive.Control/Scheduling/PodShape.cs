using System.Globalization;
using System.Text;
using Hive.Objects;

namespace Hive.Control.Scheduling;

/// <summary>A port of the node itself that a pod wants.</summary>
public readonly record struct HostPort(string Address, string Protocol, int Port)
{
    /// <summary>Two pods cannot have the same port on one address; an unspecified address is all of them.</summary>
    public bool Collides(in HostPort other) =>
        Port == other.Port && string.Equals(Protocol, other.Protocol, StringComparison.Ordinal)
        && (IsAny || other.IsAny || string.Equals(Address, other.Address, StringComparison.Ordinal));

    private bool IsAny => Address is "" or "0.0.0.0" or "::";
}

/// <summary>
/// All of a pod that decides where it may go. Pods of one shape are alike to the scheduler, so what was found out for one holds for the
/// next. Amounts: milli-processors, bytes, pods.
/// </summary>
public sealed class PodShape
{
    private const string Cpu = "cpu", Memory = "memory", Ephemeral = "ephemeral-storage";

    private PodShape(Pod pod)
    {
        var requests = RequestsOf(pod.Spec);
        MilliCpu = requests.TryGetValue(Cpu, out var cpu) ? cpu.MilliValue : 0;
        MemoryBytes = requests.TryGetValue(Memory, out var memory) ? memory.Value : 0;
        EphemeralBytes = requests.TryGetValue(Ephemeral, out var ephemeral) ? ephemeral.Value : 0;
        Extended = [.. requests.Where(request => request.Key is not (Cpu or Memory or Ephemeral)).Select(request => (request.Key, request.Value.Value))];
        NodeSelector = pod.Spec.NodeSelector;
        Affinity = pod.Spec.Affinity;
        Tolerations = pod.Spec.Tolerations;
        Spread = pod.Spec.TopologySpreadConstraints;
        HostPorts = [.. PortsOf(pod.Spec)];
        Namespace = pod.Namespace;
        Labels = pod.Metadata.Labels;
        Owner = Ownership.ControllerOf(pod)?.Uid ?? "";
    }

    public long MilliCpu { get; }
    public long MemoryBytes { get; }
    public long EphemeralBytes { get; }

    /// <summary>Other resources that nodes offer, in the order of their names.</summary>
    public IReadOnlyList<(string Name, long Amount)> Extended { get; }
    public StringMap NodeSelector { get; }
    public Affinity? Affinity { get; }
    public IReadOnlyList<Toleration> Tolerations { get; }
    public IReadOnlyList<TopologySpreadConstraint> Spread { get; }
    public IReadOnlyList<HostPort> HostPorts { get; }
    public string Namespace { get; }
    public StringMap Labels { get; }

    /// <summary>UID of the controller; pods of one controller are spread. Empty for a pod of its own.</summary>
    public string Owner { get; }

    /// <summary>Where it may go depends on where other pods are.</summary>
    public bool LooksAtOtherPods => Spread.Count > 0 || Affinity?.PodAffinity is not null || Affinity?.PodAntiAffinity is not null;

    /// <summary>The shape of a pod, and the text by which two shapes are told apart.</summary>
    public static PodShape Of(Pod pod) => new(pod);

    /// <summary>Equal for pods that are alike to the scheduler.</summary>
    public static string KeyOf(Pod pod)
    {
        var text = new StringBuilder();
        text.Append(pod.Namespace).Append('\n').Append(Ownership.ControllerOf(pod)?.Uid).Append('\n');
        text.Append(pod.Metadata.Labels).Append('\n').Append(pod.Spec.NodeSelector).Append('\n');
        foreach (var (name, amount) in RequestsOf(pod.Spec)) text.Append(name).Append('=').Append(amount).Append(';');
        foreach (var port in PortsOf(pod.Spec)) text.Append(CultureInfo.InvariantCulture, $"\n{port.Address}/{port.Protocol}/{port.Port}");
        foreach (var toleration in pod.Spec.Tolerations) text.Append('\n').Append(toleration);
        if (pod.Spec.Affinity is { } affinity) text.Append('\n').Append(Encoding.UTF8.GetString(HiveJson.Write(affinity)));
        foreach (var constraint in pod.Spec.TopologySpreadConstraints) text.Append('\n').Append(Encoding.UTF8.GetString(HiveJson.Write(constraint)));
        return text.ToString();
    }

    /// <summary>
    /// What a pod asks of a node: the sum over its containers, or the largest of its init containers if that is more, and its overhead. Init
    /// containers that go on running (restart policy Always) count with the containers and with the init containers after them.
    /// </summary>
    public static OrdinalMap<Quantity> RequestsOf(PodSpec spec)
    {
        var running = OrdinalMap<Quantity>.Empty;
        var starting = OrdinalMap<Quantity>.Empty;
        var sidecars = OrdinalMap<Quantity>.Empty;
        foreach (var container in spec.Containers) running = Plus(running, container.Resources.Requests);
        foreach (var container in spec.InitContainers)
        {
            if (container.RestartPolicy == RestartPolicy.Always)
            {
                sidecars = Plus(sidecars, container.Resources.Requests);
                starting = Most(starting, sidecars);
            }
            else
            {
                starting = Most(starting, Plus(sidecars, container.Resources.Requests));
            }
        }
        return Plus(Most(Plus(running, sidecars), starting), spec.Overhead);
    }

    private static OrdinalMap<Quantity> Plus(OrdinalMap<Quantity> left, OrdinalMap<Quantity> right)
    {
        foreach (var (name, amount) in right) left = left.With(name, left.TryGetValue(name, out var had) ? had + amount : amount);
        return left;
    }

    private static OrdinalMap<Quantity> Most(OrdinalMap<Quantity> left, OrdinalMap<Quantity> right)
    {
        foreach (var (name, amount) in right)
        {
            if (!left.TryGetValue(name, out var had) || had < amount) left = left.With(name, amount);
        }
        return left;
    }

    private static IEnumerable<HostPort> PortsOf(PodSpec spec)
    {
        foreach (var container in spec.Containers)
        {
            foreach (var port in container.Ports)
            {
                int number = port.HostPort > 0 ? port.HostPort : spec.HostNetwork ? port.Port : 0;
                if (number > 0) yield return new HostPort(port.HostIP, port.Protocol.Length == 0 ? Protocol.TCP : port.Protocol, number);
            }
        }
    }
}
