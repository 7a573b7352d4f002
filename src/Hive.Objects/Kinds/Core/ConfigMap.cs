namespace Hive.Objects;

[Schema(ApiPackage.Core, "Configuration data for pods.")]
public sealed record ConfigMap() : HiveObject("v1", "ConfigMap")
{
    [Field("immutable", 4)]
    public bool? Immutable { get; init; }

    [Field("data", 2)]
    public StringMap Data { get; init; } = StringMap.Empty;

    [Field("binaryData", 3)]
    public OrdinalMap<Bytes> BinaryData { get; init; } = OrdinalMap<Bytes>.Empty;
}
