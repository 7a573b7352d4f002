using System.Buffers.Binary;

namespace Hive.Benchmarks.Etcd;

/// <summary>etcd's requests as bytes (field numbers of rpc.proto), and the little that is read from answers.</summary>
internal static class EtcdMessages
{
    public const string Put = "/etcdserverpb.KV/Put", Range = "/etcdserverpb.KV/Range", Txn = "/etcdserverpb.KV/Txn", Compact = "/etcdserverpb.KV/Compact";
    public const string Watch = "/etcdserverpb.Watch/Watch", KeepAlive = "/etcdserverpb.Lease/LeaseKeepAlive", Grant = "/etcdserverpb.Lease/LeaseGrant";
    public const string Status = "/etcdserverpb.Maintenance/Status", Snapshot = "/etcdserverpb.Maintenance/Snapshot";

    public static byte[] PutRequest(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => [.. Field(1, key), .. Field(2, value)];

    public static byte[] RangeRequest(ReadOnlySpan<byte> key, bool serializable, ReadOnlySpan<byte> end = default, long limit = 0) =>
        [.. Field(1, key), .. end.IsEmpty ? [] : Field(2, end), .. limit == 0 ? [] : Number(3, (ulong)limit), .. serializable ? Number(7, 1) : []];

    /// <summary>If the key exists, write it; else read it.</summary>
    public static byte[] WriteTxn(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
        [.. Field(1, Exists(key)), .. Field(2, Field(2, PutRequest(key, value))), .. Field(3, Field(1, RangeRequest(key, false)))];

    /// <summary>If the key exists, read it.</summary>
    public static byte[] ReadTxn(ReadOnlySpan<byte> key) => [.. Field(1, Exists(key)), .. Field(2, Field(1, RangeRequest(key, false)))];

    /// <param name="start">First revision to hear of; 0: from now on.</param>
    public static byte[] WatchRequest(ReadOnlySpan<byte> key, long start = 0) => Field(1, [.. Field(1, key), .. start == 0 ? [] : Number(3, (ulong)start)]);

    /// <summary>Writes all pairs in one transaction.</summary>
    public static byte[] PutAllTxn(IEnumerable<(byte[] Key, byte[] Value)> pairs) =>
        [.. pairs.SelectMany(pair => Field(2, Field(2, PutRequest(pair.Key, pair.Value))))];

    public static byte[] GrantRequest(long id, long seconds) => [.. Number(1, (ulong)seconds), .. Number(2, (ulong)id)];

    public static byte[] KeepAliveRequest(long id) => Number(1, (ulong)id);

    public static byte[] CompactRequest(long revision) => [.. Number(1, (ulong)revision), .. Number(2, 1)];

    /// <summary>The revision in a response's header.</summary>
    public static long RevisionOf(ReadOnlySpan<byte> response)
    {
        if (response.Length < 2 || response[0] != 0x0A) return 0;
        var header = response.Slice(2, response[1]);
        while (header.Length > 0)
        {
            var tag = ReadVarint(ref header);
            var value = ReadVarint(ref header);
            if (tag == 0x18) return (long)value;
        }
        return 0;
    }

    /// <summary>Whether a keep-alive's answer has a time to live (field 3): that of a lease that is gone has none.</summary>
    public static bool HasTimeToLive(ReadOnlySpan<byte> response)
    {
        while (response.Length > 0)
        {
            var tag = ReadVarint(ref response);
            if (tag >> 3 == 3) return true;
            var value = ReadVarint(ref response);
            if ((tag & 7) == 2) response = response[(int)value..];
        }
        return false;
    }

    /// <summary>How many events a watch response carries, and the time that each value starts with.</summary>
    public static int Events(ReadOnlySpan<byte> response, Action<long> onTime)
    {
        var events = 0;
        while (response.Length > 0)
        {
            var tag = ReadVarint(ref response);
            if ((tag & 7) == 0)
            {
                ReadVarint(ref response);
                continue;
            }
            var length = (int)ReadVarint(ref response);
            if (tag == 0x5A && ValueOf(response[..length]) is { Length: >= 8 } value)
            {
                events++;
                onTime(BinaryPrimitives.ReadInt64BigEndian(value));
            }
            response = response[length..];
        }
        return events;
    }

    private static byte[] ValueOf(ReadOnlySpan<byte> change)
    {
        // Event.kv = 2, KeyValue.value = 5.
        var kv = Inside(change, 0x12);
        return Inside(kv, 0x2A).ToArray();
    }

    private static ReadOnlySpan<byte> Inside(ReadOnlySpan<byte> message, ulong wanted)
    {
        while (message.Length > 0)
        {
            var tag = ReadVarint(ref message);
            if ((tag & 7) == 0)
            {
                ReadVarint(ref message);
                continue;
            }
            var length = (int)ReadVarint(ref message);
            if (tag == wanted) return message[..length];
            message = message[length..];
        }
        return default;
    }

    // Compare: result GREATER = 1, target CREATE = 1, key, create_revision = 0.
    private static byte[] Exists(ReadOnlySpan<byte> key) => [.. Number(1, 1), .. Number(2, 1), .. Field(3, key), .. Number(5, 0)];

    private static byte[] Field(int number, ReadOnlySpan<byte> bytes) => [.. Varint((ulong)number << 3 | 2), .. Varint((ulong)bytes.Length), .. bytes];

    private static byte[] Number(int number, ulong value) => [.. Varint((ulong)number << 3), .. Varint(value)];

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }

    private static ulong ReadVarint(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (var shift = 0; bytes.Length > 0; shift += 7)
        {
            var next = bytes[0];
            bytes = bytes[1..];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) break;
        }
        return value;
    }
}
