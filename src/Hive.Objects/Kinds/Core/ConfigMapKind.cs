namespace Hive.Objects;

/// <summary>ConfigMaps: at most 1 MiB of data, and unchangeable when they say so.</summary>
internal sealed class ConfigMapKind : KindDefinition<ConfigMap>
{
    public ConfigMapKind() : base("configmaps") => ShortNames = ["cm"];

    public override IReadOnlyList<TableColumnDefinition> Columns { get; } = [Column("Name"), Column("Data", description: "The number of keys."), Column("Age")];

    protected override void Validate(ConfigMap item, FieldErrors errors)
    {
        foreach (var key in item.Data.Keys)
        {
            if (Names.DataKey(key) is { } bad) errors.Invalid($"data[{key}]", key, bad);
            if (item.BinaryData.ContainsKey(key)) errors.Invalid($"data[{key}]", key, "duplicate of key present in binaryData");
        }
        foreach (var key in item.BinaryData.Keys)
        {
            if (Names.DataKey(key) is { } bad) errors.Invalid($"binaryData[{key}]", key, bad);
        }
        var total = Names.ByteCount(item.Data) - item.Data.Keys.Sum(key => key.Length) + item.BinaryData.Values.Sum(value => value.Span.Length);
        // The whole object is at fault, which has no path.
        if (total > ObjectLimits.DataBytes) errors.TooLong("[]", ObjectLimits.DataBytes);
    }

    protected override void ValidateChange(ConfigMap updated, ConfigMap current, FieldErrors errors)
    {
        if (current.Immutable != true) return;
        if (updated.Immutable != true) errors.Forbidden("immutable", "field is immutable when `immutable` is set");
        if (!updated.Data.Equals(current.Data)) errors.Forbidden("data", "field is immutable when `immutable` is set");
        if (!updated.BinaryData.Equals(current.BinaryData)) errors.Forbidden("binaryData", "field is immutable when `immutable` is set");
    }

    // Cells of the column Data are numbers although its type is string: clients rely on either.
    protected override void Fill(TableCells cells, ConfigMap item, Time now) =>
        cells.Text(item.Metadata.Name).Number(item.Data.Count + item.BinaryData.Count).Text(HumanTime.Since(item.Metadata.CreationTimestamp, now));
}
