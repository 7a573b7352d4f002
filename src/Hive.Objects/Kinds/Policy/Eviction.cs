namespace Hive.Objects;

[Schema(ApiPackage.Policy, "Asks for a pod to be removed within the limits of its disruption budget.")]
public sealed record Eviction() : HiveObject("policy/v1", "Eviction")
{
    [Field("deleteOptions", 2)]
    public DeleteOptions? DeleteOptions { get; init; }
}
