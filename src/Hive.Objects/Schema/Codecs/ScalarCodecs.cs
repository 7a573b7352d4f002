namespace Hive.Objects;

/// <summary>The codecs of scalar types, by type.</summary>
internal static class ScalarCodecs
{
    private static readonly object[] All =
    [
        new BooleanCodec(), new Int32Codec(), new Int64Codec(), new TimeCodec(), new MicroTimeCodec(), new DurationCodec(), new QuantityCodec(),
        new IntOrStringCodec(), new RawJsonCodec(), new BytesCodec(),
    ];

    internal static object? TryGet(Type type)
    {
        foreach (var codec in All)
        {
            if (codec.GetType().BaseType!.GetGenericArguments()[0] == type) return codec;
        }
        return null;
    }
}
