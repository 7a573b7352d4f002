namespace Hive.Objects;

/// <summary>What each row of a table carries of its object.</summary>
public enum IncludeObject
{
    Metadata,
    Object,
    None,
}

/// <summary>Lays objects out as the table that <c>kubectl get</c> prints.</summary>
public static class TableBuilder
{
    /// <summary>
    /// A table of <paramref name="objects"/>. In a watch only the first table of a stream has columns. <paramref name="version"/> is <c>v1</c> or <c>v1beta1</c>,
    /// as the client asked.
    /// </summary>
    public static Table Build(KindDefinition kind, IReadOnlyList<HiveObject> objects, ListMeta metadata, Time now, IncludeObject include, bool withColumns = true, string version = "v1")
    {
        var rows = new TableRow[objects.Count];
        for (var i = 0; i < rows.Length; i++) rows[i] = Row(kind, objects[i], now, include, version);
        return new Table { ApiVersion = "meta.k8s.io/" + version, Metadata = metadata, ColumnDefinitions = withColumns ? kind.Columns : null, Rows = rows };
    }

    private static TableRow Row(KindDefinition kind, HiveObject item, Time now, IncludeObject include, string version)
    {
        var cells = kind.Cells(item, now);
        Invariant.Check(cells.Cells.Count == kind.Columns.Count, $"{kind.Kind} has {kind.Columns.Count} columns and a row of {cells.Cells.Count} cells");
        RawJson? embedded = include switch
        {
            IncludeObject.Metadata => new RawJson(HiveJson.Write(new PartialObjectMetadata { ApiVersion = "meta.k8s.io/" + version, Metadata = item.Metadata })),
            IncludeObject.Object => new RawJson(HiveJson.Write(item)),
            _ => null,
        };
        return new TableRow { Cells = cells.Cells, Conditions = cells.Condition is null ? [] : [cells.Condition], Object = embedded };
    }
}
