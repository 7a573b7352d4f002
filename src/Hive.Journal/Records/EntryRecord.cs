using System.Buffers.Binary;

namespace Hive.Journal.Records;

/// <summary>
/// The fixed part of an <see cref="RecordKind.Entry"/> record, 48 bytes; the data follows. It names the term of the entry in front of it, so that whoever
/// can read one entry knows the identity of the one that may be lost in front of it.
/// </summary>
internal readonly record struct EntryRecord(LogIndex Index, Term Term, Stamp Stamp, byte Kind, Term TermBefore)
{
    public const int FixedBytes = 6 * 8;
    private const int TermBeforeAt = 40;

    public void Write(Span<byte> payload)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(payload, Index.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[8..], Term.Value);
        BinaryPrimitives.WriteInt64LittleEndian(payload[16..], Stamp.Log.Ticks);
        BinaryPrimitives.WriteInt64LittleEndian(payload[24..], Stamp.Wall.Ticks);
        payload[32..TermBeforeAt].Clear();
        payload[32] = Kind;
        WriteTermBefore(payload, TermBefore);
    }

    public static void WriteTermBefore(Span<byte> payload, Term before) => BinaryPrimitives.WriteUInt64LittleEndian(payload[TermBeforeAt..], before.Value);

    public static bool TryRead(ReadOnlySpan<byte> payload, out EntryRecord entry)
    {
        entry = default;
        if (payload.Length < FixedBytes) return false;
        var stamp = new Stamp(
            new LogTime(BinaryPrimitives.ReadInt64LittleEndian(payload[16..])), new WallTime(BinaryPrimitives.ReadInt64LittleEndian(payload[24..])));
        entry = new EntryRecord(
            new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(payload)), new Term(BinaryPrimitives.ReadUInt64LittleEndian(payload[8..])),
            stamp, payload[32], new Term(BinaryPrimitives.ReadUInt64LittleEndian(payload[TermBeforeAt..])));
        return true;
    }
}
