namespace Hive.Objects;

[Schema(ApiPackage.Core, "An identity for processes in pods.")]
public sealed record ServiceAccount() : HiveObject("v1", "ServiceAccount")
{
    [Field("secrets", 2, Patch = "merge", MergeKey = "name", ListType = "map", ListKeys = "name")]
    public IReadOnlyList<ObjectReference> Secrets { get; init; } = [];

    [Field("imagePullSecrets", 3, ListType = "atomic")]
    public IReadOnlyList<LocalObjectReference> ImagePullSecrets { get; init; } = [];

    [Field("automountServiceAccountToken", 4)]
    public bool? AutomountServiceAccountToken { get; init; }
}
