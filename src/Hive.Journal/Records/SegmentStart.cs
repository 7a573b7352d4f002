using System.Buffers.Binary;

namespace Hive.Journal.Records;

/// <summary>
/// First record of a segment. It repeats what older segments said, so that they can be deleted, and says where the segment before
/// it ended, so that neither a lost end nor a left-over behind the end goes unnoticed.
/// </summary>
internal readonly record struct SegmentStart(
    JournalIdentity Identity, ulong Segment, HardState HardState, LogPosition LogStart, ulong PreviousSegment, long PreviousEnd)
{
    public const int PayloadBytes = 9 * 8;

    public void Write(Span<byte> payload)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(payload, Identity.Cluster.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[8..], Identity.Member.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[16..], Segment);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[24..], HardState.Term.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[32..], HardState.Vote.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[40..], LogStart.Index.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[48..], LogStart.Term.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[56..], PreviousSegment);
        BinaryPrimitives.WriteInt64LittleEndian(payload[64..], PreviousEnd);
    }

    public static bool TryRead(ReadOnlySpan<byte> payload, out SegmentStart start)
    {
        start = default;
        if (payload.Length != PayloadBytes) return false;
        start = new SegmentStart(
            new JournalIdentity(new ClusterId(U64(payload, 0)), new MemberId(U64(payload, 8))), U64(payload, 16),
            new HardState(new Term(U64(payload, 24)), new MemberId(U64(payload, 32))),
            new LogPosition(new LogIndex(U64(payload, 40)), new Term(U64(payload, 48))),
            U64(payload, 56), (long)U64(payload, 64));
        return true;
    }

    private static ulong U64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
}
