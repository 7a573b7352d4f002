namespace Hive.Objects;

[Schema(ApiPackage.Core, "A group of containers that run together on one node and share an address.")]
public sealed record Pod() : HiveObject("v1", "Pod")
{
    [Field("spec", 2)]
    public PodSpec Spec { get; init; } = new();

    [Field("status", 3)]
    public PodStatus Status { get; init; } = new();
}
