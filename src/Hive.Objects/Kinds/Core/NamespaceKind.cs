namespace Hive.Objects;

/// <summary>Namespaces: always born Active and with the finalizer that makes deletion wait for their content.</summary>
internal sealed class NamespaceKind : KindDefinition<Namespace>
{
    internal const string ContentFinalizer = "kubernetes";

    public NamespaceKind() : base("namespaces")
    {
        ShortNames = ["ns"];
        Namespaced = false;
        Verbs = ["create", "delete", "get", "list", "patch", "update", "watch"];
        SubResources = [new SubResource("finalize", ["update"], "Namespace"), SubResource.Status("Namespace")];
        Selectable("status.phase", item => item.Status.Phase);
        Selectable("name", item => item.Metadata.Name);
    }

    public override IReadOnlyList<TableColumnDefinition> Columns { get; } = [Column("Name"), Column("Status"), Column("Age")];

    protected override string? NameProblem(string name) => Names.Label(name);

    // Every namespace carries its name as a label, so that selectors can name it.
    protected override Namespace Default(Namespace item) => item.Metadata.Name.Length == 0 ? item
        : item with { Metadata = item.Metadata with { Labels = item.Metadata.Labels.With("kubernetes.io/metadata.name", item.Metadata.Name) } };

    protected override Namespace Initial(Namespace item) => item with
    {
        Spec = item.Spec.Finalizers.Contains(ContentFinalizer) ? item.Spec : item.Spec with { Finalizers = [.. item.Spec.Finalizers, ContentFinalizer] },
        Status = new NamespaceStatus { Phase = NamespacePhase.Active },
    };

    // Only the finalize sub-resource changes these.
    protected override Namespace KeepWhenEmpty(Namespace updated, Namespace current) => updated with { Spec = updated.Spec with { Finalizers = current.Spec.Finalizers } };

    protected override void Fill(TableCells cells, Namespace item, Time now) =>
        cells.Text(item.Metadata.Name).Text(item.Status.Phase).Text(HumanTime.Since(item.Metadata.CreationTimestamp, now));
}
