using System.Buffers.Binary;
using System.Numerics;
using Hive.Store;

namespace Hive.Etcd.Services;

/// <summary>A checksum (CRC-32C) over the pairs of one revision in key order: equal on members that hold the same state.</summary>
internal static class StateHash
{
    public static uint Of(IEnumerable<KeyValue> pairs)
    {
        var hash = uint.MaxValue;
        foreach (var pair in pairs) hash = Add(hash, pair);
        return ~hash;
    }

    /// <summary>The checksum of the state as it stood at a revision, read in pages.</summary>
    public static StoreError At(StoreSnapshot snapshot, Revision at, int page, out uint hash)
    {
        hash = 0;
        if (at == snapshot.Revision)
        {
            hash = Of(snapshot.Scan(default, default));
            return StoreError.None;
        }
        var running = uint.MaxValue;
        ReadOnlyMemory<byte> from = new byte[] { 0 };
        ReadOnlyMemory<byte> end = new byte[] { 0 };
        while (true)
        {
            var error = snapshot.Range(new RangeQuery(from) { RangeEnd = end, Limit = page, At = at }, out var result);
            if (error != StoreError.None) return error;
            foreach (var pair in result!.Kvs) running = Add(running, pair);
            if (!result.More)
            {
                hash = ~running;
                return StoreError.None;
            }
            from = (byte[])[.. result.Kvs[^1].Key.Span, 0];
        }
    }

    private static uint Add(uint hash, KeyValue pair)
    {
        hash = Add(hash, pair.Key.Span);
        hash = Add(hash, pair.Value.Span);
        hash = BitOperations.Crc32C(hash, (ulong)pair.CreateRevision.Value);
        hash = BitOperations.Crc32C(hash, (ulong)pair.ModRevision.Value);
        hash = BitOperations.Crc32C(hash, (ulong)pair.Version);
        return BitOperations.Crc32C(hash, (ulong)pair.Lease.Value);
    }

    /// <summary>Length first, so that bytes cannot move from a key to its value unseen.</summary>
    private static uint Add(uint hash, ReadOnlySpan<byte> bytes)
    {
        hash = BitOperations.Crc32C(hash, (uint)bytes.Length);
        while (bytes.Length >= 8)
        {
            hash = BitOperations.Crc32C(hash, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }
        foreach (var b in bytes) hash = BitOperations.Crc32C(hash, b);
        return hash;
    }
}
