using System.Globalization;
using Hive.Objects;

namespace Hive.Control.Controllers;

/// <summary>Keeps the Service <c>kubernetes</c>, and its endpoints pointed at the queens that live: each queen's record is attached to a lease that it renews.</summary>
public sealed class KubernetesServiceController(string clusterAddress) : IController
{
    private const string ServiceName = "kubernetes";
    private const string PortName = "https";
    private const string ManagedBy = "kubernetes-service-controller";
    private const int ServicePort = 443;
    private static readonly ObjectKey Only = new(Resources.Services, "default", ServiceName);

    public string Name => ManagedBy;

    public Band Band => Band.User;

    public void Begin(IView view, IWakeList wake) => wake.Add(Only);

    public void Wake(in Change change, IView view, IWakeList wake)
    {
        bool concerns = change.Key.Resource switch
        {
            Resources.Queens => true,
            Resources.Services or Resources.Endpoints => change.Key.Namespace == "default" && change.Key.Name == ServiceName,
            Resources.EndpointSlices => change.Key.Namespace == "default" && change.Key.Name.StartsWith(ServiceName, StringComparison.Ordinal),
            Resources.Namespaces => change.Key.Name == "default",
            _ => false,
        };
        if (concerns) wake.Add(Only);
    }

    public Plan Reconcile(IView view, ObjectKey key, Stamp now)
    {
        if (view.Find<Namespace>("", "default") is not { IsTerminating: false } home) return Plan.Nothing;
        var plan = new PlanBuilder(view, now, Name);
        var queens = new SortedDictionary<int, SortedSet<string>>();
        foreach (var queen in view.All<QueenRecord>())
        {
            if (!queens.TryGetValue(queen.Value.Port, out var addresses)) queens[queen.Value.Port] = addresses = new(StringComparer.Ordinal);
            addresses.Add(queen.Value.Address);
        }
        KeepService(view, plan, queens);
        // With no record at all the last known endpoints are the better guess.
        if (queens.Count > 0)
        {
            KeepEndpoints(view, plan, queens);
            KeepSlices(view, plan, queens);
        }
        if (plan.Count > 0) plan.PinIncarnation(home);
        return plan.Build();
    }

    private void KeepService(IView view, PlanBuilder plan, SortedDictionary<int, SortedSet<string>> queens)
    {
        if (view.Find<Service>("default", ServiceName) is not null) return;
        int target = queens.Count > 0 ? queens.Keys.First() : ServicePort;
        plan.Create(new Service
        {
            Metadata = new ObjectMeta
            {
                Name = ServiceName,
                Namespace = "default",
                Labels = StringMap.Of(("component", "apiserver"), ("provider", "kubernetes")),
            },
            Spec = new ServiceSpec
            {
                Type = ServiceType.ClusterIP,
                ClusterIP = clusterAddress,
                ClusterIPs = [clusterAddress],
                IpFamilies = [IPFamily.IPv4],
                IpFamilyPolicy = IPFamilyPolicy.SingleStack,
                InternalTrafficPolicy = ServiceInternalTrafficPolicy.Cluster,
                SessionAffinity = ServiceAffinity.None,
                Ports = [new ServicePort { Name = PortName, Protocol = Protocol.TCP, Port = ServicePort, TargetPort = target }],
            },
        });
    }

    private static void KeepEndpoints(IView view, PlanBuilder plan, SortedDictionary<int, SortedSet<string>> queens)
    {
        var present = view.Find<Hive.Objects.Endpoints>("default", ServiceName);
        var value = (present?.Value ?? new Hive.Objects.Endpoints { Metadata = new ObjectMeta { Name = ServiceName, Namespace = "default" } }) with
        {
            // Queens on one machine differ in their ports only: one subset a port.
            Subsets = [.. queens.Select(group => new EndpointSubset
            {
                Addresses = [.. group.Value.Select(address => new EndpointAddress { Ip = address })],
                Ports = [new EndpointsPort { Name = PortName, Port = group.Key, Protocol = Protocol.TCP }],
            })],
        };
        if (present is null) plan.Create(value);
        else if (!present.IsTerminating) plan.Replace(present, value);
    }

    private static void KeepSlices(IView view, PlanBuilder plan, SortedDictionary<int, SortedSet<string>> queens)
    {
        var wanted = new SortedDictionary<string, (int Port, SortedSet<string> Addresses)>(StringComparer.Ordinal);
        foreach (var (port, addresses) in queens)
            wanted[wanted.Count == 0 ? ServiceName : $"{ServiceName}-{port.ToString(CultureInfo.InvariantCulture)}"] = (port, addresses);
        var labels = StringMap.Of((EndpointSliceController.ServiceNameLabel, ServiceName), (EndpointSliceController.ManagedByLabel, ManagedBy));
        foreach (var stray in view.Matching<EndpointSlice>("default", Selector.Of(labels)))
        {
            if (!wanted.ContainsKey(stray.Key.Name) && !stray.IsTerminating) plan.Delete(stray);
        }
        foreach (var (name, (port, addresses)) in wanted)
        {
            var present = view.Find<EndpointSlice>("default", name);
            var value = (present?.Value ?? new EndpointSlice { Metadata = new ObjectMeta { Name = name, Namespace = "default" }, AddressType = "IPv4" }) with
            {
                Endpoints = [.. addresses.Select(address => new Endpoint { Addresses = [address], Conditions = new EndpointConditions { Ready = true } })],
                Ports = [new EndpointPort { Name = PortName, Protocol = Protocol.TCP, Port = port }],
            };
            value = value with { Metadata = value.Metadata with { Labels = labels } };
            if (present is null) plan.Create(value);
            else if (!present.IsTerminating) plan.Replace(present, value);
        }
    }
}
