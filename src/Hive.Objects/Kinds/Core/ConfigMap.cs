namespace Hive.Objects;

[Schema(ApiPackage.Core, "Configuration data for pods.")]
public sealed record ConfigMap() : HiveObject("v1", "ConfigMap")
{
    [Field("immutable", 4, Doc = "Whether the data can never change again.")]
    public bool? Immutable { get; init; }

    [Field("data", 2, Doc = "Texts by key.")]
    public StringMap Data { get; init; } = StringMap.Empty;

    [Field("binaryData", 3, Doc = "Bytes by key.")]
    public OrdinalMap<Bytes> BinaryData { get; init; } = OrdinalMap<Bytes>.Empty;
}
