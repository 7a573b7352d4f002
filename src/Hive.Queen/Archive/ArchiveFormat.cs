using System.Buffers;
using System.Buffers.Binary;
using Hive.Journal;
using Hive.Journal.Records;

namespace Hive.Queen.Archive;

/// <summary>Where a file of an archive goes on from, and in which cluster's log.</summary>
public readonly record struct ArchiveHeader(ClusterId Cluster, LogPosition After);

/// <summary>
/// Files of an archive of the log, little endian. Header, 36 bytes: "HIVELOG1"; u64 cluster; u64 index and u64 term of the entry before the first one; u32 CRC-32C
/// of all that. Then records: u32 CRC-32C of the rest; u32 length of the command; u64 index; u64 term; i64 log time; i64 wall time; the command.
/// Indexes are consecutive, so that nothing can be missing, doubled or moved unnoticed.
/// </summary>
public static class ArchiveFormat
{
    public const int HeaderBytes = 36;

    /// <summary>Bytes of a record in front of its command.</summary>
    public const int RecordBytes = 40;

    /// <summary>Above every command that a queen takes (<see cref="QueenLimits.CommandBytes"/>, and what an older entry may have been).</summary>
    public const int MostCommandBytes = 16 << 20;

    private static ReadOnlySpan<byte> Name => "HIVELOG1"u8;

    public static byte[] Encode(in ArchiveHeader header)
    {
        byte[] bytes = new byte[HeaderBytes];
        Name.CopyTo(bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), header.Cluster.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), header.After.Index.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(24), header.After.Term.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(32), Checksum(bytes.AsSpan(0, 32), default));
        return bytes;
    }

    public static bool TryReadHeader(ReadOnlySpan<byte> bytes, out ArchiveHeader header)
    {
        header = default;
        if (bytes.Length < HeaderBytes || !bytes[..8].SequenceEqual(Name)) return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[32..]) != Checksum(bytes[..32], default)) return false;
        var after = new LogPosition(new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..])), new Term(BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..])));
        header = new ArchiveHeader(new ClusterId(BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..])), after);
        return true;
    }

    public static void Write(in AppliedEntry entry, IBufferWriter<byte> output)
    {
        Span<byte> head = output.GetSpan(RecordBytes)[..RecordBytes];
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], entry.Command.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(head[8..], entry.Index.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(head[16..], entry.Term.Value);
        BinaryPrimitives.WriteInt64LittleEndian(head[24..], entry.Stamp.Log.Ticks);
        BinaryPrimitives.WriteInt64LittleEndian(head[32..], entry.Stamp.Wall.Ticks);
        BinaryPrimitives.WriteUInt32LittleEndian(head, Checksum(head[4..], entry.Command.Span));
        output.Advance(RecordBytes);
        output.Write(entry.Command.Span);
    }

    /// <summary>Length of the record that begins so; null when no record does.</summary>
    public static int? LengthOf(ReadOnlySpan<byte> head)
    {
        int command = BinaryPrimitives.ReadInt32LittleEndian(head[4..]);
        return command is >= 0 and <= MostCommandBytes ? RecordBytes + command : null;
    }

    /// <summary>Reads a record that is there in full; false when it does not verify. The command is a part of <paramref name="record"/>.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> record, out AppliedEntry entry)
    {
        ReadOnlySpan<byte> head = record.Span[..RecordBytes];
        ReadOnlyMemory<byte> command = record[RecordBytes..];
        var stamp = new Stamp(new LogTime(BinaryPrimitives.ReadInt64LittleEndian(head[24..])), new WallTime(BinaryPrimitives.ReadInt64LittleEndian(head[32..])));
        entry = new AppliedEntry(
            new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(head[8..])), new Term(BinaryPrimitives.ReadUInt64LittleEndian(head[16..])), stamp, command);
        return BinaryPrimitives.ReadUInt32LittleEndian(head) == Checksum(head[4..], command.Span);
    }

    private static uint Checksum(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest) => Checksums.Extend(Checksums.Extend(uint.MaxValue, head), rest);
}
