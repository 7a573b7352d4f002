namespace Hive.Objects;

/// <summary>Secrets. <c>stringData</c> is for writing only: it is merged into <c>data</c> and never stored.</summary>
internal sealed class SecretKind : KindDefinition<Secret>
{
    private const string AccountAnnotation = "kubernetes.io/service-account.name";

    public SecretKind() : base("secrets") => Selectable("type", item => item.Type);

    public override IReadOnlyList<TableColumnDefinition> Columns { get; } =
        [Column("Name"), Column("Type", description: "What the secret is used for."), Column("Data", description: "The number of keys."), Column("Age")];

    protected override Secret Default(Secret item)
    {
        if (item.StringData.Count == 0) return item;
        var data = item.Data.Concat(item.StringData.Select(pair => new KeyValuePair<string, Bytes>(pair.Key, Bytes.FromText(pair.Value))));
        return item with { Data = OrdinalMap.FromPairs(data), StringData = StringMap.Empty };
    }

    protected override void Validate(Secret item, FieldErrors errors)
    {
        foreach (var key in item.Data.Keys)
        {
            if (Names.DataKey(key) is { } bad) errors.Invalid($"data[{key}]", key, bad);
        }
        if (item.Data.Values.Sum(value => (long)value.Span.Length) > ObjectLimits.DataBytes) errors.TooLong("data", ObjectLimits.DataBytes);
        foreach (var key in RequiredKeys(item.Type))
        {
            if (!item.Data.ContainsKey(key)) errors.Required($"data[{key}]");
        }
        if (item.Type == SecretType.KubernetesIoServiceAccountToken && string.IsNullOrEmpty(item.Metadata.Annotations.Get(AccountAnnotation)))
        {
            errors.Required($"metadata.annotations[{AccountAnnotation}]");
        }
    }

    protected override void ValidateChange(Secret updated, Secret current, FieldErrors errors)
    {
        if (updated.Type != current.Type) errors.Invalid("type", updated.Type, "field is immutable");
        if (current.Immutable != true) return;
        if (updated.Immutable != true) errors.Forbidden("immutable", "field is immutable when `immutable` is set");
        if (!updated.Data.Equals(current.Data)) errors.Forbidden("data", "field is immutable when `immutable` is set");
    }

    protected override void Fill(TableCells cells, Secret item, Time now) =>
        cells.Text(item.Metadata.Name).Text(item.Type).Number(item.Data.Count).Text(HumanTime.Since(item.Metadata.CreationTimestamp, now));

    private static string[] RequiredKeys(string type) => type switch
    {
        SecretType.KubernetesIoTls => ["tls.crt", "tls.key"],
        SecretType.KubernetesIoDockerconfigjson => [".dockerconfigjson"],
        SecretType.KubernetesIoDockercfg => [".dockercfg"],
        SecretType.KubernetesIoSshAuth => ["ssh-privatekey"],
        _ => [],
    };
}
