using Hive.Objects;

namespace Hive.Control.Controllers;

/// <summary>
/// Keeps the EndpointSlices of each Service that selects pods. An endpoint stays in the slice that it is in, so that one pod's change
/// rewrites one slice; a slice never holds more than <see cref="EndpointsPerSlice"/>.
/// </summary>
public sealed class EndpointSliceController : IController
{
    public const int EndpointsPerSlice = 100;
    public const string ServiceNameLabel = "kubernetes.io/service-name";
    public const string ManagedByLabel = "endpointslice.kubernetes.io/managed-by";
    private const string Manager = "endpointslice-controller.k8s.io";

    public string Name => "endpoint-slice-controller";

    public Band Band => Band.User;

    public void Wake(in Change change, IView view, IWakeList wake)
    {
        ServiceTargets.Wake(change, view, wake);
        if (change.Key.Resource != Resources.EndpointSlices) return;
        foreach (var side in (ReadOnlySpan<Stored?>)[change.Before, change.After])
        {
            if (side?.Metadata.Labels.Get(ServiceNameLabel) is { } service) wake.Add(new ObjectKey(Resources.Services, change.Key.Namespace, service));
        }
    }

    public Plan Reconcile(IView view, ObjectKey key, Stamp now)
    {
        // Slices of a Service that is gone go by their owner.
        if (view.Find<Service>(key) is not { IsTerminating: false } service || !ServiceTargets.IsManaged(service.Value)) return Plan.Nothing;
        var plan = new PlanBuilder(view, now, Name);
        var mine = Selector.Of(StringMap.Of((ServiceNameLabel, key.Name), (ManagedByLabel, Manager)));
        var slices = view.Matching<EndpointSlice>(key.Namespace, mine).Where(slice => !slice.IsTerminating).ToList();
        var groups = new SortedDictionary<IReadOnlyList<TargetPort>, SortedDictionary<string, Endpoint>>(PortListOrder.Instance);
        foreach (var target in ServiceTargets.Of(view, service.Value))
        {
            if (target.Ports.Count == 0 && service.Value.Spec.Ports.Count > 0) continue;
            if (!groups.TryGetValue(target.Ports, out var group)) groups[target.Ports] = group = new(StringComparer.Ordinal);
            group[target.Pod.Uid] = EndpointOf(service.Value, target);
        }
        // An empty slice says that there is none; no slice at all would say that nobody has looked yet.
        if (groups.Count == 0) groups[[]] = new(StringComparer.Ordinal);
        var left = new List<Stored<EndpointSlice>>(slices);
        int made = 0;
        foreach (var (ports, endpoints) in groups) made = Place(view, plan, service, left, ports, endpoints, made);
        foreach (var slice in left) plan.Delete(slice);
        if (plan.Count > 0) plan.Pin(service.Key);
        return plan.Build();
    }

    /// <summary>Puts the endpoints of one list of ports into slices: first where they are, then where there is room, then into new ones.</summary>
    private static int Place(
        IView view, PlanBuilder plan, Stored<Service> service, List<Stored<EndpointSlice>> left,
        IReadOnlyList<TargetPort> ports, SortedDictionary<string, Endpoint> endpoints, int made)
    {
        IReadOnlyList<EndpointPort> wanted = [.. ports.Select(port => new EndpointPort { Name = port.Name, Protocol = port.Protocol, Port = port.Port, AppProtocol = port.AppProtocol })];
        var waiting = new SortedDictionary<string, Endpoint>(endpoints, StringComparer.Ordinal);
        var kept = new List<(Stored<EndpointSlice> Slice, List<Endpoint> Endpoints)>();
        foreach (var slice in left.Where(slice => slice.Value.Ports.SequenceEqual(wanted)).ToList())
        {
            var stay = new List<Endpoint>();
            foreach (var endpoint in slice.Value.Endpoints)
            {
                if (endpoint.TargetRef is { } pod && waiting.Remove(pod.Uid, out var present)) stay.Add(present);
            }
            kept.Add((slice, stay));
            left.Remove(slice);
        }
        foreach (var (slice, stay) in kept.OrderByDescending(entry => entry.Endpoints.Count).ThenBy(entry => entry.Slice.Key))
        {
            Fill(stay, waiting);
            // The first slice of a group stays even when empty, so that the last endpoint's going does not rename it.
            if (stay.Count == 0 && (endpoints.Count > 0 || slice != kept[0].Slice)) plan.Delete(slice);
            else plan.Replace(slice, Filled(slice.Value, service.Value, stay), specChanged: !Same(slice.Value, stay));
        }
        bool placeholder = kept.Count == 0 && endpoints.Count == 0;
        while (waiting.Count > 0 || placeholder)
        {
            placeholder = false;
            if (plan.IsFull)
            {
                plan.LookAgainNow();
                break;
            }
            var fresh = new List<Endpoint>();
            Fill(fresh, waiting);
            plan.Create(Filled(NewSlice(view, service.Value, wanted, made++), service.Value, fresh));
        }
        return made;
    }

    private static void Fill(List<Endpoint> endpoints, SortedDictionary<string, Endpoint> waiting)
    {
        while (endpoints.Count < EndpointsPerSlice && waiting.Count > 0)
        {
            var (uid, endpoint) = waiting.First();
            waiting.Remove(uid);
            endpoints.Add(endpoint);
        }
    }

    private static bool Same(EndpointSlice slice, List<Endpoint> endpoints) =>
        ObjectCodec.SameBytes(slice, slice with { Endpoints = endpoints });

    private static EndpointSlice Filled(EndpointSlice slice, Service service, List<Endpoint> endpoints) =>
        slice with { Metadata = slice.Metadata with { Labels = LabelsOf(service) }, Endpoints = endpoints };

    private static EndpointSlice NewSlice(IView view, Service service, IReadOnlyList<EndpointPort> ports, int ordinal)
    {
        string prefix = (service.Name.Length > 57 ? service.Name[..57] : service.Name) + "-";
        for (ulong attempt = 0; ; attempt++)
        {
            string name = prefix + StableHash.Suffix(StableHash.Of($"{service.Metadata.Uid}/{view.Term}/{view.At}/{ordinal}", attempt), 5);
            if (view.Find<EndpointSlice>(service.Namespace, name) is not null) continue;
            return new EndpointSlice
            {
                Metadata = new ObjectMeta { Name = name, GenerateName = prefix, Namespace = service.Namespace, OwnerReferences = [Ownership.By(service)] },
                AddressType = "IPv4",
                Ports = ports,
            };
        }
    }

    private static StringMap LabelsOf(Service service)
    {
        var labels = service.Metadata.Labels.With(ServiceNameLabel, service.Name).With(ManagedByLabel, Manager);
        return EndpointsController.IsHeadless(service) ? labels.With("service.kubernetes.io/headless", "") : labels;
    }

    private static Endpoint EndpointOf(Service service, ServiceTarget target) => new()
    {
        Addresses = [target.Address],
        Conditions = new EndpointConditions { Ready = target.Ready, Serving = target.Serving, Terminating = target.Terminating },
        Hostname = target.HostnameIn(service) is { Length: > 0 } hostname ? hostname : null,
        NodeName = target.Pod.Value.Spec.NodeName is { Length: > 0 } node ? node : null,
        TargetRef = target.Reference,
    };
}
