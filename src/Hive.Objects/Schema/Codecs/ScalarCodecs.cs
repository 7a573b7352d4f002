namespace Hive.Objects;

/// <summary>The codecs of scalar types, by type.</summary>
internal static class ScalarCodecs
{
    private static readonly Dictionary<Type, ValueCodec> All = new()
    {
        [typeof(bool)] = new BooleanCodec(),
        [typeof(int)] = new Int32Codec(),
        [typeof(long)] = new Int64Codec(),
        [typeof(Time)] = new TimeCodec(),
        [typeof(MicroTime)] = new MicroTimeCodec(),
        [typeof(Duration)] = new DurationCodec(),
        [typeof(Quantity)] = new QuantityCodec(),
        [typeof(IntOrString)] = new IntOrStringCodec(),
        [typeof(RawJson)] = new RawJsonCodec(),
        [typeof(Bytes)] = new BytesCodec(),
    };

    internal static ValueCodec? TryGet(Type type) => All.GetValueOrDefault(type);
}
