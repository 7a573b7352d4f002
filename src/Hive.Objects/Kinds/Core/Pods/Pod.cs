namespace Hive.Objects;

[Schema("Pod")]
public sealed record Pod() : HiveObject("v1", "Pod")
{
    [Field("spec", 2)]
    public PodSpec Spec { get; init; } = new();

    [Field("status", 3)]
    public PodStatus Status { get; init; } = new();
}
