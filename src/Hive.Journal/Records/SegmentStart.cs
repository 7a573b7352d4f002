using System.Buffers.Binary;

namespace Hive.Journal.Records;

/// <summary>
/// First record of a segment. It repeats what older segments said, so that they can be deleted, and says where the segment before
/// it ended, so that neither a lost end nor a left-over behind the end goes unnoticed.
/// </summary>
internal readonly record struct SegmentStart(
    JournalIdentity Identity, ulong Segment, HardStateRecord HardState, LogPosition LogStart, ulong PreviousSegment, long PreviousEnd)
{
    private const int HardStateAt = 3 * 8;
    private const int LogStartAt = HardStateAt + HardStateRecord.PayloadBytes;
    public const int PayloadBytes = LogStartAt + 4 * 8;

    public void Write(Span<byte> payload)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(payload, Identity.Cluster.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[8..], Identity.Member.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[16..], Segment);
        HardState.Write(payload[HardStateAt..]);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[LogStartAt..], LogStart.Index.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[(LogStartAt + 8)..], LogStart.Term.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[(LogStartAt + 16)..], PreviousSegment);
        BinaryPrimitives.WriteInt64LittleEndian(payload[(LogStartAt + 24)..], PreviousEnd);
    }

    public static bool TryRead(ReadOnlySpan<byte> payload, out SegmentStart start)
    {
        start = default;
        if (payload.Length != PayloadBytes || !HardStateRecord.TryRead(payload[HardStateAt..LogStartAt], out HardStateRecord hardState)) return false;
        start = new SegmentStart(
            new JournalIdentity(new ClusterId(U64(payload, 0)), new MemberId(U64(payload, 8))), U64(payload, 16),
            hardState, new LogPosition(new LogIndex(U64(payload, LogStartAt)), new Term(U64(payload, LogStartAt + 8))),
            U64(payload, LogStartAt + 16), (long)U64(payload, LogStartAt + 24));
        return true;
    }

    private static ulong U64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
}
