using System.Globalization;

namespace Hive.Objects;

/// <summary>Pods.</summary>
internal sealed class PodKind : KindDefinition<Pod>
{
    public PodKind() : base("pods")
    {
        ShortNames = ["po"];
        Categories = ["all"];
        TracksGeneration = true;
        SubResources =
        [
            new SubResource("binding", ["create"], "Binding"),
            new SubResource("ephemeralcontainers", ["get", "patch", "update"], "Pod"),
            new SubResource("eviction", ["create"], "Eviction", "policy", "v1"),
            new SubResource("log", ["get"], "Pod"),
            SubResource.Status("Pod"),
        ];
        Selectable("spec.nodeName", item => item.Spec.NodeName);
        Selectable("spec.restartPolicy", item => item.Spec.RestartPolicy);
        Selectable("spec.schedulerName", item => item.Spec.SchedulerName);
        Selectable("spec.serviceAccountName", item => item.Spec.ServiceAccountName);
        Selectable("spec.hostNetwork", item => item.Spec.HostNetwork ? "true" : "false");
        Selectable("status.phase", item => item.Status.Phase);
        Selectable("status.podIP", item => item.Status.PodIP);
        Selectable("status.podIPs", item => item.Status.PodIP);
        Selectable("status.nominatedNodeName", item => item.Status.NominatedNodeName);
    }

    public override IReadOnlyList<TableColumnDefinition> Columns { get; } =
    [
        Column("Name"), Column("Ready", description: "Ready containers of all containers."), Column("Status"), Column("Restarts", description: "How often containers were restarted, and when last."), Column("Age"),
        Column("IP", priority: 1), Column("Node", priority: 1), Column("Nominated Node", priority: 1), Column("Readiness Gates", priority: 1),
    ];

    protected override Pod Default(Pod item) => item with { Spec = PodDefaults.Apply(item.Spec) };

    protected override Pod Initial(Pod item) => item with { Status = new PodStatus { Phase = PodPhase.Pending, QosClass = PodQos.Of(item.Spec) } };

    protected override void Validate(Pod item, FieldErrors errors) => PodValidation.Validate(item.Spec, "spec", errors);

    protected override void ValidateChange(Pod updated, Pod current, FieldErrors errors) => PodChange.Validate(updated.Spec, current.Spec, errors);

    protected override void Fill(TableCells cells, Pod item, Time now)
    {
        var summary = PodSummary.Of(item);
        var restarts = summary.Restarts.ToString(CultureInfo.InvariantCulture);
        if (summary.LastRestart is { } last && summary.Restarts > 0) restarts += $" ({HumanTime.Since(last, now)} ago)";
        cells.Text(item.Metadata.Name)
            .Text(string.Create(CultureInfo.InvariantCulture, $"{summary.Ready}/{summary.Total}"))
            .Text(summary.Status)
            .Text(restarts)
            .Text(HumanTime.Since(item.Metadata.CreationTimestamp, now))
            .TextOr(item.Status.PodIPs.Count > 0 ? item.Status.PodIPs[0].Ip : item.Status.PodIP, "<none>")
            .TextOr(item.Spec.NodeName, "<none>")
            .TextOr(item.Status.NominatedNodeName, "<none>")
            .Text(Gates(item));
        cells.Condition = item.Status.Phase switch
        {
            PodPhase.Succeeded => Finished(PodPhase.Succeeded, "The pod has completed successfully."),
            PodPhase.Failed => Finished(PodPhase.Failed, "The pod failed."),
            _ => null,
        };
    }

    private static TableRowCondition Finished(string reason, string message) => new() { Type = "Completed", Status = ConditionStatus.True, Reason = reason, Message = message };

    private static string Gates(Pod item)
    {
        if (item.Spec.ReadinessGates.Count == 0) return "<none>";
        var open = item.Spec.ReadinessGates.Count(gate => item.Status.Conditions.Any(c => c.Type == gate.ConditionType && c.Status == ConditionStatus.True));
        return string.Create(CultureInfo.InvariantCulture, $"{open}/{item.Spec.ReadinessGates.Count}");
    }
}
