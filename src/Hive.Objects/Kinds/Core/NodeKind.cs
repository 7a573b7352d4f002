using System.Globalization;

namespace Hive.Objects;

/// <summary>Nodes. They register with their status, so creation keeps it.</summary>
internal sealed class NodeKind : KindDefinition<Node>
{
    private const string RolePrefix = "node-role.kubernetes.io/";

    public NodeKind() : base("nodes")
    {
        ShortNames = ["no"];
        Namespaced = false;
        SubResources = [SubResource.Status("Node")];
        Selectable("spec.unschedulable", item => item.Spec.Unschedulable ? "true" : "false");
    }

    public override IReadOnlyList<TableColumnDefinition> Columns { get; } =
    [
        Column("Name"), Column("Status"), Column("Roles", description: "What the node is for, from its labels."), Column("Age"), Column("Version", description: "The version of the agent."),
        Column("Internal-IP", priority: 1), Column("External-IP", priority: 1), Column("OS-Image", priority: 1), Column("Kernel-Version", priority: 1), Column("Container-Runtime", priority: 1),
    ];

    protected override Node Initial(Node item) => item;

    protected override void Validate(Node item, FieldErrors errors)
    {
        var seen = new HashSet<(string, string)>();
        for (var i = 0; i < item.Spec.Taints.Count; i++)
        {
            var taint = item.Spec.Taints[i];
            var field = string.Create(CultureInfo.InvariantCulture, $"spec.taints[{i}]");
            if (taint.Key.Length > 0 && Names.QualifiedName(taint.Key) is { } badKey) errors.Invalid($"{field}.key", taint.Key, badKey);
            if (Names.LabelValue(taint.Value) is { } badValue) errors.Invalid($"{field}.value", taint.Value, badValue);
            if (!seen.Add((taint.Key, taint.Effect))) errors.Duplicate(field, $"{taint.Key}:{taint.Effect}");
        }
        foreach (var cidr in item.Spec.PodCIDRs)
        {
            if (!System.Net.IPNetwork.TryParse(cidr, out _)) errors.Invalid("spec.podCIDRs", cidr, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
        }
    }

    protected override void ValidateChange(Node updated, Node current, FieldErrors errors)
    {
        if (current.Spec.PodCIDRs.Count > 0 && !current.Spec.PodCIDRs.SequenceEqual(updated.Spec.PodCIDRs)) errors.Forbidden("spec.podCIDRs", "node updates may not change podCIDR except from \"\" to valid");
        if (current.Spec.ProviderID.Length > 0 && current.Spec.ProviderID != updated.Spec.ProviderID) errors.Forbidden("spec.providerID", "node updates may not change providerID except from \"\" to valid");
    }

    protected override void Fill(TableCells cells, Node item, Time now)
    {
        var info = item.Status.NodeInfo;
        cells.Text(item.Metadata.Name)
            .Text(StatusOf(item))
            .TextOr(Roles(item), "<none>")
            .Text(HumanTime.Since(item.Metadata.CreationTimestamp, now))
            .Text(info.KubeletVersion)
            .TextOr(Address(item, NodeAddressType.InternalIP), "<none>")
            .TextOr(Address(item, NodeAddressType.ExternalIP), "<none>")
            .TextOr(info.OsImage, "<unknown>")
            .TextOr(info.KernelVersion, "<unknown>")
            .TextOr(info.ContainerRuntimeVersion, "<unknown>");
    }

    private static string StatusOf(Node item)
    {
        var ready = item.Status.Conditions.FirstOrDefault(condition => condition.Type == NodeConditionType.Ready);
        var text = ready is null ? "Unknown" : ready.Status == ConditionStatus.True ? "Ready" : "NotReady";
        return item.Spec.Unschedulable ? text + ",SchedulingDisabled" : text;
    }

    private static string Roles(Node item)
    {
        var roles = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (key, value) in item.Metadata.Labels)
        {
            if (key.StartsWith(RolePrefix, StringComparison.Ordinal) && key.Length > RolePrefix.Length) roles.Add(key[RolePrefix.Length..]);
            else if (key == "kubernetes.io/role" && value.Length > 0) roles.Add(value);
        }
        return string.Join(",", roles);
    }

    private static string? Address(Node item, string type) => item.Status.Addresses.FirstOrDefault(address => address.Type == type)?.Address;
}
