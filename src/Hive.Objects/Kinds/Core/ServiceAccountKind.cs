namespace Hive.Objects;

/// <summary>Service accounts, and their tokens on request.</summary>
internal sealed class ServiceAccountKind : KindDefinition<ServiceAccount>
{
    public ServiceAccountKind() : base("serviceaccounts")
    {
        ShortNames = ["sa"];
        SubResources = [new SubResource("token", ["create"], "TokenRequest", "authentication.k8s.io", "v1")];
    }

    public override IReadOnlyList<TableColumnDefinition> Columns { get; } = [Column("Name"), Column("Secrets", description: "The number of secrets that the account may use."), Column("Age")];

    protected override void Fill(TableCells cells, ServiceAccount item, Time now) =>
        cells.Text(item.Metadata.Name).Number(item.Secrets.Count).Text(HumanTime.Since(item.Metadata.CreationTimestamp, now));
}
