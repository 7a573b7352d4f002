namespace Hive.Objects;

/// <summary>A request in the form of an object: created, answered at once, never stored.</summary>
internal sealed class RequestKind<T> : KindDefinition<T> where T : HiveObject, new()
{
    public RequestKind(string plural, bool namespaced) : base(plural)
    {
        Namespaced = namespaced;
        Stored = false;
        Verbs = ["create"];
    }

    public override IReadOnlyList<TableColumnDefinition> Columns { get; } = [Column("Name"), Column("Age")];

    protected override T Initial(T item) => item;

    protected override void Fill(TableCells cells, T item, Time now) => cells.Text(item.Metadata.Name).Text(HumanTime.Since(item.Metadata.CreationTimestamp, now));
}
