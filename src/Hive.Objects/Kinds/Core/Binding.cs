namespace Hive.Objects;

[Schema(ApiPackage.Core, "Assigns a pod to a node.")]
public sealed record Binding() : HiveObject("v1", "Binding")
{
    [Field("target", 2, Required = true)]
    public ObjectReference Target { get; init; } = new();
}
