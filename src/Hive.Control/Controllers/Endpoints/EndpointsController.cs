using Hive.Objects;

namespace Hive.Control.Controllers;

/// <summary>Keeps the Endpoints object of each Service that selects pods: the older form of EndpointSlices, which many clients still read.</summary>
public sealed class EndpointsController : IController
{
    /// <summary>Addresses in one Endpoints object; beyond it the list is cut and says so (Kubernetes' rule: slices carry the rest).</summary>
    private const int MostAddresses = 1_000;
    private const string OverCapacity = "endpoints.kubernetes.io/over-capacity";
    private const string ManagedBy = "endpoints.kubernetes.io/managed-by";

    public string Name => "endpoint-controller";

    public Band Band => Band.User;

    public void Wake(in Change change, IView view, IWakeList wake)
    {
        ServiceTargets.Wake(change, view, wake);
        if (change.Key.Resource == Resources.Endpoints) wake.Add(change.Key with { Resource = Resources.Services });
    }

    public Plan Reconcile(IView view, ObjectKey key, Stamp now)
    {
        var plan = new PlanBuilder(view, now, Name);
        var present = view.Find<Hive.Objects.Endpoints>(key.Namespace, key.Name);
        if (view.Find<Service>(key) is not { IsTerminating: false } service)
        {
            if (present is { IsTerminating: false } && present.Metadata.Labels.Get(ManagedBy) == Name)
            {
                plan.Pin(key);
                plan.Delete(present);
            }
            return plan.Build();
        }
        if (!ServiceTargets.IsManaged(service.Value)) return Plan.Nothing;
        var targets = ServiceTargets.Of(view, service.Value).Where(target => !target.Terminating || service.Value.Spec.PublishNotReadyAddresses).ToList();
        var annotations = (present?.Metadata.Annotations ?? StringMap.Empty).Without(OverCapacity);
        if (targets.Count > MostAddresses)
        {
            annotations = annotations.With(OverCapacity, "truncated");
            targets = [.. targets.OrderByDescending(target => target.Ready).ThenBy(target => target.Pod.Key).Take(MostAddresses)];
        }
        var value = present?.Value ?? new Hive.Objects.Endpoints { Metadata = new ObjectMeta { Name = key.Name, Namespace = key.Namespace } };
        value = value with
        {
            Metadata = value.Metadata with { Labels = LabelsOf(service.Value), Annotations = annotations },
            Subsets = SubsetsOf(service.Value, targets),
        };
        if (present is null) plan.Create(value);
        else if (!present.IsTerminating) plan.Replace(present, value);
        if (plan.Count > 0) plan.Pin(service.Key);
        return plan.Build();
    }

    private StringMap LabelsOf(Service service)
    {
        var labels = service.Metadata.Labels.With(ManagedBy, Name);
        return IsHeadless(service) ? labels.With("service.kubernetes.io/headless", "") : labels;
    }

    private static List<EndpointSubset> SubsetsOf(Service service, List<ServiceTarget> targets)
    {
        var groups = new SortedDictionary<IReadOnlyList<TargetPort>, List<ServiceTarget>>(PortListOrder.Instance);
        foreach (var target in targets)
        {
            if (target.Ports.Count == 0 && service.Spec.Ports.Count > 0) continue;
            if (!groups.TryGetValue(target.Ports, out var group)) groups[target.Ports] = group = [];
            group.Add(target);
        }
        return [.. groups.Select(group => new EndpointSubset
        {
            Addresses = [.. group.Value.Where(target => target.Ready).Select(target => AddressOf(service, target)).OrderBy(address => address.Ip, StringComparer.Ordinal)],
            NotReadyAddresses = [.. group.Value.Where(target => !target.Ready).Select(target => AddressOf(service, target)).OrderBy(address => address.Ip, StringComparer.Ordinal)],
            Ports = [.. group.Key.Select(port => new EndpointsPort { Name = port.Name, Port = port.Port, Protocol = port.Protocol, AppProtocol = port.AppProtocol })],
        })];
    }

    private static EndpointAddress AddressOf(Service service, ServiceTarget target) => new()
    {
        Ip = target.Address,
        Hostname = target.HostnameIn(service),
        NodeName = target.Pod.Value.Spec.NodeName,
        TargetRef = target.Reference,
    };

    internal static bool IsHeadless(Service service) => service.Spec.ClusterIP == "None";
}
