namespace Hive.Objects;

[Schema(ApiPackage.Meta, "One aspect of the current state of an object.")]
public sealed record Condition
{
    [Field("type", 1, Required = true, Always = true)]
    public string Type { get; init; } = "";

    [Field("status", 2, Required = true, Always = true)]
    public string Status { get; init; } = "";

    [Field("observedGeneration", 3)]
    public long ObservedGeneration { get; init; }

    [Field("lastTransitionTime", 4, Required = true)]
    public Time? LastTransitionTime { get; init; }

    [Field("reason", 5, Required = true, Always = true)]
    public string Reason { get; init; } = "";

    [Field("message", 6, Required = true, Always = true)]
    public string Message { get; init; } = "";
}

/// <summary>Values of ConditionStatus.</summary>
public static class ConditionStatus
{
    public const string True = "True";
    public const string False = "False";
    public const string Unknown = "Unknown";
}
