namespace Hive.Objects;

[Schema(ApiPackage.Core, "A group of containers that run together on one node and share an address.")]
public sealed record Pod() : HiveObject("v1", "Pod")
{
    [Field("spec", 2, Doc = "What is wanted.")]
    public PodSpec Spec { get; init; } = new();

    [Field("status", 3, Doc = "What is known. Written by the node.")]
    public PodStatus Status { get; init; } = new();
}
