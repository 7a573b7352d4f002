using Hive.Store;

namespace Hive.Etcd.Services;

/// <summary>mvccpb.KeyValue on the wire.</summary>
internal static class EncodedPair
{
    // Field tags: number << 3 | wire type.
    private const byte Key = 1 << 3 | 2, Create = 2 << 3, Mod = 3 << 3, Version = 4 << 3, Value = 5 << 3 | 2, Lease = 6 << 3;

    public static int SizeOf(KeyValue pair) =>
        SizeOf(pair.Key.Length, pair.CreateRevision, pair.ModRevision, pair.Version, pair.Value.Length, pair.Lease);

    public static int SizeOf(RangeRow row) => SizeOf(row.Key.Length, row.CreateRevision, row.ModRevision, row.Version, row.Value.Length, row.Lease);

    /// <summary>Writes the pair as the field with this tag.</summary>
    public static void Write(ref FieldWriter writer, byte tag, KeyValue pair) =>
        Write(ref writer, tag, SizeOf(pair), pair.Key.Span, pair.CreateRevision, pair.ModRevision, pair.Version, pair.Value.Span, pair.Lease);

    /// <param name="size">As <see cref="SizeOf(RangeRow)"/> told.</param>
    public static void Write(ref FieldWriter writer, byte tag, int size, RangeRow row) =>
        Write(ref writer, tag, size, row.Key, row.CreateRevision, row.ModRevision, row.Version, row.Value, row.Lease);

    private static int SizeOf(int keyLength, Revision create, Revision mod, long version, int valueLength, LeaseId lease) =>
        FieldWriter.BytesSize(keyLength) + FieldWriter.NumberSize(create.Value) + FieldWriter.NumberSize(mod.Value) + FieldWriter.NumberSize(version)
        + FieldWriter.BytesSize(valueLength) + FieldWriter.NumberSize(lease.Value);

    private static void Write(
        ref FieldWriter writer, byte tag, int size, ReadOnlySpan<byte> key, Revision create, Revision mod, long version, ReadOnlySpan<byte> value, LeaseId lease)
    {
        writer.Length(tag, size);
        writer.Bytes(Key, key);
        writer.Number(Create, create.Value);
        writer.Number(Mod, mod.Value);
        writer.Number(Version, version);
        writer.Bytes(Value, value);
        writer.Number(Lease, lease.Value);
    }
}
