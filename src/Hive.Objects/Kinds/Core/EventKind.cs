namespace Hive.Objects;

/// <summary>Events. Selectable by what they are about and who reported them.</summary>
internal sealed class EventKind : KindDefinition<Event>
{
    public EventKind() : base("events")
    {
        ShortNames = ["ev"];
        CreatesOnUpdate = true;
        Selectable("involvedObject.kind", item => item.InvolvedObject.Kind);
        Selectable("involvedObject.namespace", item => item.InvolvedObject.Namespace);
        Selectable("involvedObject.name", item => item.InvolvedObject.Name);
        Selectable("involvedObject.uid", item => item.InvolvedObject.Uid);
        Selectable("involvedObject.apiVersion", item => item.InvolvedObject.ApiVersion);
        Selectable("involvedObject.resourceVersion", item => item.InvolvedObject.ResourceVersion);
        Selectable("involvedObject.fieldPath", item => item.InvolvedObject.FieldPath);
        Selectable("reason", item => item.Reason);
        Selectable("reportingComponent", item => item.ReportingComponent);
        Selectable("source", item => item.Source.Component.Length > 0 ? item.Source.Component : item.ReportingComponent);
        Selectable("type", item => item.Type);
    }

    public override IReadOnlyList<TableColumnDefinition> Columns { get; } =
    [
        Column("Last Seen", description: "The time since the event was last reported."), Column("Type"), Column("Reason"), Column("Object", description: "What the event is about."),
        Column("Subobject", priority: 1), Column("Source", priority: 1), Column("Message"), Column("First Seen", priority: 1), Column("Count", priority: 1), Column("Name", priority: 1),
    ];

    protected override void Validate(Event item, FieldErrors errors)
    {
        var about = item.InvolvedObject.Namespace;
        // What belongs to no namespace is reported in "default".
        if (item.Metadata.Namespace != (about.Length == 0 ? "default" : about)) errors.Invalid("involvedObject.namespace", about, "does not match event.namespace");
    }

    protected override void Fill(TableCells cells, Event item, Time now)
    {
        var first = item.FirstTimestamp ?? item.EventTime?.ToTime();
        var last = item.Series?.LastObservedTime?.ToTime() ?? item.LastTimestamp ?? first;
        var about = item.InvolvedObject;
        cells.Text(HumanTime.Since(last, now))
            .Text(item.Type)
            .Text(item.Reason)
            .Text(about.Name.Length == 0 ? about.Kind.ToLowerInvariant() : $"{about.Kind.ToLowerInvariant()}/{about.Name}")
            .Text(about.FieldPath)
            .Text(Source(item))
            .Text(item.Message.Trim())
            .Text(HumanTime.Since(first, now))
            .Number(item.Series is { } series ? series.Count : Math.Max(item.Count, 1))
            .Text(item.Metadata.Name);
    }

    private static string Source(Event item)
    {
        var component = item.Source.Component.Length > 0 ? item.Source.Component : item.ReportingComponent;
        var host = item.Source.Host.Length > 0 ? item.Source.Host : item.ReportingInstance;
        return host.Length == 0 ? component : $"{component}, {host}";
    }
}
