using System.Globalization;

namespace Hive.Objects;

/// <summary>Services. Addresses and node ports are allocated by whoever stores them; an update that leaves them out keeps them.</summary>
internal sealed class ServiceKind : KindDefinition<Service>
{
    private const int AffinitySeconds = 10800;
    private const int LongestAffinitySeconds = 86400;
    private const int ShownLoadBalancer = 16;

    public ServiceKind() : base("services")
    {
        ShortNames = ["svc"];
        Categories = ["all"];
        SubResources = [SubResource.Status("Service")];
        Selectable("spec.clusterIP", item => item.Spec.ClusterIP);
        Selectable("spec.type", item => item.Spec.Type);
    }

    public override IReadOnlyList<TableColumnDefinition> Columns { get; } =
    [
        Column("Name"), Column("Type"), Column("Cluster-IP", description: "The address inside the cluster."), Column("External-IP", description: "Addresses from outside."),
        Column("Port(s)"), Column("Age"), Column("Selector", priority: 1),
    ];

    protected override string? NameProblem(string name) => Names.Rfc1035Label(name);

    protected override Service Default(Service item)
    {
        var spec = item.Spec;
        if (spec.SessionAffinity == ServiceAffinity.ClientIP && spec.SessionAffinityConfig?.ClientIP?.TimeoutSeconds is null)
        {
            spec = spec with { SessionAffinityConfig = new SessionAffinityConfig { ClientIP = new ClientIPConfig { TimeoutSeconds = AffinitySeconds } } };
        }
        if (spec.SessionAffinity == ServiceAffinity.None) spec = spec with { SessionAffinityConfig = null };
        var outside = spec.Type is ServiceType.NodePort or ServiceType.LoadBalancer;
        if (outside && spec.ExternalTrafficPolicy.Length == 0) spec = spec with { ExternalTrafficPolicy = ServiceExternalTrafficPolicy.Cluster };
        if (spec.Type != ServiceType.ExternalName) spec = spec with { InternalTrafficPolicy = spec.InternalTrafficPolicy ?? ServiceInternalTrafficPolicy.Cluster };
        if (spec.Type == ServiceType.LoadBalancer) spec = spec with { AllocateLoadBalancerNodePorts = spec.AllocateLoadBalancerNodePorts ?? true };
        if (spec.ClusterIP.Length > 0 && spec.ClusterIPs.Count == 0) spec = spec with { ClusterIPs = [spec.ClusterIP] };
        if (spec.Ports.Any(HasNoTarget)) spec = spec with { Ports = [.. spec.Ports.Select(port => HasNoTarget(port) ? port with { TargetPort = port.Port } : port)] };
        return item with { Spec = spec };
    }

    protected override Service KeepWhenEmpty(Service updated, Service current)
    {
        var spec = updated.Spec;
        // Turning into or out of ExternalName gives up or asks for an address.
        if (spec.Type != ServiceType.ExternalName && current.Spec.Type != ServiceType.ExternalName)
        {
            if (spec.ClusterIP.Length == 0) spec = spec with { ClusterIP = current.Spec.ClusterIP };
            if (spec.ClusterIPs.Count == 0) spec = spec with { ClusterIPs = current.Spec.ClusterIPs };
            if (spec.IpFamilies.Count == 0) spec = spec with { IpFamilies = current.Spec.IpFamilies };
            spec = spec with { IpFamilyPolicy = spec.IpFamilyPolicy ?? current.Spec.IpFamilyPolicy };
        }
        if (spec.Type is ServiceType.NodePort or ServiceType.LoadBalancer) spec = spec with { Ports = KeepNodePorts(spec.Ports, current.Spec.Ports) };
        return updated with { Spec = spec };
    }

    protected override void Validate(Service item, FieldErrors errors)
    {
        var spec = item.Spec;
        var headless = spec.ClusterIP == "None";
        if (spec.Ports.Count == 0 && !headless && spec.Type != ServiceType.ExternalName) errors.Required("spec.ports");
        if (spec.Type == ServiceType.ExternalName && spec.ExternalName.Length == 0) errors.Required("spec.externalName");
        if (spec.Type is ServiceType.NodePort or ServiceType.LoadBalancer && headless) errors.Invalid("spec.clusterIPs[0]", "None", $"may not be set to 'None' for {spec.Type} services");
        if (spec.ClusterIP.Length > 0 && !headless && Names.Address(spec.ClusterIP) is { } badAddress) errors.Invalid("spec.clusterIPs[0]", spec.ClusterIP, badAddress);
        if (spec.ClusterIPs.Count > 0 && spec.ClusterIP != spec.ClusterIPs[0]) errors.Invalid("spec.clusterIPs", spec.ClusterIPs, "first value must match `clusterIP`");
        MetadataValidation.Labels(spec.Selector, "spec.selector", errors);
        for (var i = 0; i < spec.ExternalIPs.Count; i++)
        {
            if (Names.Address(spec.ExternalIPs[i]) is { } bad) errors.Invalid(PodValidation.Item("spec.externalIPs", i), spec.ExternalIPs[i], bad);
        }
        if (spec.SessionAffinityConfig?.ClientIP?.TimeoutSeconds is { } timeout && timeout is <= 0 or > LongestAffinitySeconds)
        {
            errors.Invalid("spec.sessionAffinityConfig.clientIP.timeoutSeconds", timeout, $"must be greater than 0 and less than {LongestAffinitySeconds}");
        }
        Ports(spec, errors);
    }

    protected override void ValidateChange(Service updated, Service current, FieldErrors errors)
    {
        var stays = updated.Spec.Type != ServiceType.ExternalName && current.Spec.Type != ServiceType.ExternalName;
        if (stays && current.Spec.ClusterIP.Length > 0 && updated.Spec.ClusterIP != current.Spec.ClusterIP) errors.Invalid("spec.clusterIPs[0]", updated.Spec.ClusterIPs, "may not change once set");
    }

    protected override void Fill(TableCells cells, Service item, Time now)
    {
        var spec = item.Spec;
        cells.Text(item.Metadata.Name)
            .Text(spec.Type)
            .TextOr(spec.ClusterIPs.Count > 0 ? spec.ClusterIPs[0] : spec.ClusterIP, "<none>")
            .Text(External(item))
            .TextOr(string.Join(",", spec.Ports.Select(PortText)), "<none>")
            .Text(HumanTime.Since(item.Metadata.CreationTimestamp, now))
            .TextOr(spec.Selector.ToString(), "<none>");
    }

    private static bool HasNoTarget(ServicePort port) => port.TargetPort is { IsText: false, Int: 0 } or { Text: "" };

    private static IReadOnlyList<ServicePort> KeepNodePorts(IReadOnlyList<ServicePort> ports, IReadOnlyList<ServicePort> current)
    {
        var taken = ports.Select(port => port.NodePort).ToHashSet();
        return [.. ports.Select(port =>
        {
            if (port.NodePort != 0) return port;
            var same = current.FirstOrDefault(c => c.Port == port.Port && c.Protocol == port.Protocol && c.Name == port.Name);
            return same is null || !taken.Add(same.NodePort) ? port : port with { NodePort = same.NodePort };
        })];
    }

    private static void Ports(ServiceSpec spec, FieldErrors errors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var numbers = new HashSet<(string, int)>();
        var nodePorts = new HashSet<(string, int)>();
        for (var i = 0; i < spec.Ports.Count; i++)
        {
            var port = spec.Ports[i];
            var field = PodValidation.Item("spec.ports", i);
            if (port.Name.Length == 0 && spec.Ports.Count > 1) errors.Required($"{field}.name");
            else if (port.Name.Length > 0 && Names.Label(port.Name) is { } bad) errors.Invalid($"{field}.name", port.Name, bad);
            else if (port.Name.Length > 0 && !names.Add(port.Name)) errors.Duplicate($"{field}.name", port.Name);
            if (port.Port == 0) errors.Invalid($"{field}.port", 0, "must be between 1 and 65535, inclusive");
            ContainerValidation.Port(port.TargetPort, $"{field}.targetPort", errors);
            if (!numbers.Add((port.Protocol, port.Port))) errors.Duplicate(field, $"{port.Protocol}/{port.Port}");
            if (port.NodePort == 0) continue;
            if (spec.Type is not (ServiceType.NodePort or ServiceType.LoadBalancer)) errors.Forbidden($"{field}.nodePort", $"may not be used when `type` is '{spec.Type}'");
            else if (!nodePorts.Add((port.Protocol, port.NodePort))) errors.Duplicate($"{field}.nodePort", port.NodePort);
        }
    }

    private static string PortText(ServicePort port) => port.NodePort > 0
        ? string.Create(CultureInfo.InvariantCulture, $"{port.Port}:{port.NodePort}/{port.Protocol}")
        : string.Create(CultureInfo.InvariantCulture, $"{port.Port}/{port.Protocol}");

    private static string External(Service item)
    {
        var extra = string.Join(",", item.Spec.ExternalIPs);
        if (item.Spec.Type == ServiceType.ExternalName) return item.Spec.ExternalName;
        if (item.Spec.Type != ServiceType.LoadBalancer) return extra.Length == 0 ? "<none>" : extra;
        var entries = item.Status.LoadBalancer.Ingress.Select(entry => entry.Ip.Length > 0 ? entry.Ip : entry.Hostname).Order(StringComparer.Ordinal);
        var text = string.Join(",", entries);
        if (text.Length > ShownLoadBalancer) text = text[..(ShownLoadBalancer - 3)] + "...";
        var all = string.Join(",", new[] { text, extra }.Where(part => part.Length > 0));
        return all.Length == 0 ? "<pending>" : all;
    }
}
