namespace Hive.Objects;

[Schema("Eviction")]
public sealed record Eviction() : HiveObject("policy/v1", "Eviction")
{
    [Field("deleteOptions", 2)]
    public DeleteOptions? DeleteOptions { get; init; }
}
