namespace Hive.Objects;

[Schema(ApiPackage.Autoscaling, "The number of replicas of an object that can be scaled.")]
public sealed record Scale() : HiveObject("autoscaling/v1", "Scale")
{
    [Field("spec", 2)]
    public ScaleSpec Spec { get; init; } = new();

    [Field("status", 3)]
    public ScaleStatus Status { get; init; } = new();
}

[Schema(ApiPackage.Autoscaling, "The wanted number of replicas.")]
public sealed record ScaleSpec
{
    [Field("replicas", 1, Minimum = 0)]
    public int Replicas { get; init; }
}

[Schema(ApiPackage.Autoscaling, "The actual number of replicas.")]
public sealed record ScaleStatus
{
    [Field("replicas", 1, Required = true, Always = true)]
    public int Replicas { get; init; }

    [Field("selector", 2)]
    public string Selector { get; init; } = "";
}
