namespace Hive.Objects;

[Schema("Binding")]
public sealed record Binding() : HiveObject("v1", "Binding")
{
    [Field("target", 2, Required = true)]
    public ObjectReference Target { get; init; } = new();
}
