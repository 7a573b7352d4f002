namespace Hive.Objects;

/// <summary>Replica sets.</summary>
internal sealed class ReplicaSetKind : KindDefinition<ReplicaSet>
{
    public ReplicaSetKind() : base("replicasets")
    {
        ShortNames = ["rs"];
        Categories = ["all"];
        TracksGeneration = true;
        SubResources = [SubResource.Scale, SubResource.Status("ReplicaSet")];
        Selectable("status.replicas", item => item.Status.Replicas.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    public override IReadOnlyList<TableColumnDefinition> Columns { get; } =
    [
        Column("Name"), Column("Desired", "integer"), Column("Current", "integer"), Column("Ready", "integer"), Column("Age"),
        Column("Containers", priority: 1), Column("Images", priority: 1), Column("Selector", priority: 1),
    ];

    protected override ReplicaSet Default(ReplicaSet item) =>
        item with { Spec = item.Spec with { Template = item.Spec.Template with { Spec = PodDefaults.Apply(item.Spec.Template.Spec) } } };

    protected override void Validate(ReplicaSet item, FieldErrors errors) => WorkloadValidation.Validate(item.Spec.Selector, item.Spec.Template, errors);

    protected override void ValidateChange(ReplicaSet updated, ReplicaSet current, FieldErrors errors) => WorkloadValidation.ImmutableSelector(updated.Spec.Selector, current.Spec.Selector, errors);

    protected override void Fill(TableCells cells, ReplicaSet item, Time now)
    {
        var containers = item.Spec.Template.Spec.Containers;
        LabelQuery.TryCompile(item.Spec.Selector, out var selector);
        cells.Text(item.Metadata.Name)
            .Number(item.Spec.Replicas ?? 1)
            .Number(item.Status.Replicas)
            .Number(item.Status.ReadyReplicas)
            .Text(HumanTime.Since(item.Metadata.CreationTimestamp, now))
            .Text(string.Join(",", containers.Select(container => container.Name)))
            .Text(string.Join(",", containers.Select(container => container.Image)))
            .TextOr(selector?.ToString(), "<none>");
    }
}
