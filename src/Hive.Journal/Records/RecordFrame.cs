using System.Buffers.Binary;
using System.Numerics;

namespace Hive.Journal.Records;

/// <summary>What a record holds. Zero is no kind, so that preallocated space is no record.</summary>
internal enum RecordKind : byte
{
    SegmentStart = 1,
    Entry = 2,
    HardState = 3,

    /// <summary>The log begins after this position (compaction, or a received snapshot).</summary>
    LogStart = 4,

    /// <summary>Damage was found when the journal was opened: the log was cut, and the member owes a repair.</summary>
    Damage = 5,

    /// <summary>The repair is done.</summary>
    Repaired = 6,
}

/// <summary>
/// The frame of a record, 24 bytes little endian, at offsets that are multiples of 8:
/// <code>
///  0 u32 CRC-32C of bytes 4.. and the payload, seeded with segment number and offset: a misdirected write does not verify
///  4 u32 payload length
///  8 u8  kind      9 u8 version     10 u16 zero
/// 12 u32 remaining: records that follow in the same batch
/// 16 u64 batch: number of the write that carried it, without gaps
/// </code>
/// </summary>
internal readonly record struct RecordFrame(RecordKind Kind, int PayloadBytes, uint Remaining, ulong Batch)
{
    public const int HeaderBytes = 24;
    public const int Alignment = 8;
    public const byte Version = 2;

    /// <summary>Bytes that a record with this payload takes, padding included.</summary>
    public static int SizeOf(int payloadBytes) => (HeaderBytes + payloadBytes + Alignment - 1) & -Alignment;

    public int Size => SizeOf(PayloadBytes);

    /// <summary>Completes a record whose payload already stands behind the space for the header.</summary>
    public void Write(Span<byte> record, ulong segment, long offset)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], (uint)PayloadBytes);
        record[8] = (byte)Kind;
        record[9] = Version;
        record[10] = 0;
        record[11] = 0;
        BinaryPrimitives.WriteUInt32LittleEndian(record[12..], Remaining);
        BinaryPrimitives.WriteUInt64LittleEndian(record[16..], Batch);
        BinaryPrimitives.WriteUInt32LittleEndian(record, Checksum(record[4..(HeaderBytes + PayloadBytes)], segment, offset));
    }

    /// <summary>Reads and verifies the record at the start of <paramref name="bytes"/>. False: there is no whole record here.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, ulong segment, long offset, int payloadLimit, out RecordFrame frame)
    {
        if (!TryReadUnverified(bytes, payloadLimit, out frame)) return false;
        uint expected = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        return Checksum(bytes[4..(HeaderBytes + frame.PayloadBytes)], segment, offset) == expected;
    }

    /// <summary>As <see cref="TryRead"/>, without the checksum: for tests that show what it is there for.</summary>
    internal static bool TryReadUnverified(ReadOnlySpan<byte> bytes, int payloadLimit, out RecordFrame frame)
    {
        frame = default;
        if (bytes.Length < HeaderBytes) return false;
        byte kind = bytes[8];
        if (kind is < (byte)RecordKind.SegmentStart or > (byte)RecordKind.Repaired || bytes[9] != Version) return false;
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        if (length > (uint)payloadLimit || length > bytes.Length - HeaderBytes) return false;
        frame = new RecordFrame(
            (RecordKind)kind, (int)length,
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]));
        return true;
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes, ulong segment, long offset)
    {
        uint crc = BitOperations.Crc32C(uint.MaxValue, segment);
        crc = BitOperations.Crc32C(crc, (ulong)offset);
        return Checksums.Extend(crc, bytes);
    }
}

/// <summary>CRC-32C over spans; the framework gives the step, with the processor's instruction.</summary>
public static class Checksums
{
    /// <summary>Continues a checksum over more bytes.</summary>
    public static uint Extend(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }
        foreach (byte one in bytes) crc = BitOperations.Crc32C(crc, one);
        return crc;
    }
}
