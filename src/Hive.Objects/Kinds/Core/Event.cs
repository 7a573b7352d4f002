namespace Hive.Objects;

[Schema(ApiPackage.Core, "A report that something happened to an object.")]
public sealed record Event() : HiveObject("v1", "Event")
{
    [Field("involvedObject", 2, Required = true, Doc = "What the event is about.")]
    public ObjectReference InvolvedObject { get; init; } = new();

    [Field("reason", 3, Doc = "Why, in one word.")]
    public string Reason { get; init; } = "";

    [Field("message", 4, Doc = "What happened, for people.")]
    public string Message { get; init; } = "";

    [Field("source", 5, Doc = "Who reported it.")]
    public EventSource Source { get; init; } = new();

    [Field("firstTimestamp", 6, Doc = "When it was first seen.")]
    public Time? FirstTimestamp { get; init; }

    [Field("lastTimestamp", 7, Doc = "When it was last seen.")]
    public Time? LastTimestamp { get; init; }

    [Field("count", 8, Doc = "How often it was seen.")]
    public int Count { get; init; }

    [Field("type", 9, Doc = "Normal or Warning.")]
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
