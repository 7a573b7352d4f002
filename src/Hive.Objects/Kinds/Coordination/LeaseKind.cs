namespace Hive.Objects;

/// <summary>Leases of clients and nodes.</summary>
internal sealed class LeaseKind : KindDefinition<Lease>
{
    public LeaseKind() : base("leases")
    {
        CreatesOnUpdate = true;
        NeedsResourceVersionOnUpdate = true;
    }

    public override IReadOnlyList<TableColumnDefinition> Columns { get; } = [Column("Name"), Column("Holder", description: "Who holds the lease."), Column("Age")];

    protected override void Validate(Lease item, FieldErrors errors)
    {
        if (item.Spec.LeaseDurationSeconds is <= 0) errors.Invalid("spec.leaseDurationSeconds", item.Spec.LeaseDurationSeconds, "must be greater than 0");
        if (item.Spec.LeaseTransitions is < 0) errors.Invalid("spec.leaseTransitions", item.Spec.LeaseTransitions, "must be greater than or equal to 0");
    }

    protected override void Fill(TableCells cells, Lease item, Time now) =>
        cells.Text(item.Metadata.Name).Text(item.Spec.HolderIdentity ?? "").Text(HumanTime.Since(item.Metadata.CreationTimestamp, now));
}
