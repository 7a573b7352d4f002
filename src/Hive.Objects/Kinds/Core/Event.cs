namespace Hive.Objects;

[Schema(ApiPackage.Core, "A report that something happened to an object.")]
public sealed record Event() : HiveObject("v1", "Event")
{
    [Field("involvedObject", 2, Required = true)]
    public ObjectReference InvolvedObject { get; init; } = new();

    [Field("reason", 3)]
    public string Reason { get; init; } = "";

    [Field("message", 4)]
    public string Message { get; init; } = "";

    [Field("source", 5)]
    public EventSource Source { get; init; } = new();

    [Field("firstTimestamp", 6)]
    public Time? FirstTimestamp { get; init; }

    [Field("lastTimestamp", 7)]
    public Time? LastTimestamp { get; init; }

    [Field("count", 8)]
    public int Count { get; init; }

    [Field("type", 9)]
    public string Type { get; init; } = "";

    [Field("eventTime", 10)]
    public MicroTime? EventTime { get; init; }

    [Field("series", 11)]
    public EventSeries? Series { get; init; }

    [Field("action", 12)]
    public string Action { get; init; } = "";

    [Field("related", 13)]
    public ObjectReference? Related { get; init; }

    [Field("reportingComponent", 14, Always = true)]
    public string ReportingComponent { get; init; } = "";

    [Field("reportingInstance", 15, Always = true)]
    public string ReportingInstance { get; init; } = "";
}

[Schema(ApiPackage.Core, "Who reported an event.")]
public sealed record EventSource
{
    [Field("component", 1)]
    public string Component { get; init; } = "";

    [Field("host", 2)]
    public string Host { get; init; } = "";
}

[Schema(ApiPackage.Core, "How often an event was repeated.")]
public sealed record EventSeries
{
    [Field("count", 1)]
    public int Count { get; init; }

    [Field("lastObservedTime", 2)]
    public MicroTime? LastObservedTime { get; init; }
}
