using System.Buffers.Binary;

namespace Hive.Journal.Records;

/// <summary>
/// Payload of a <see cref="RecordKind.HardState"/> record, with which every batch ends: term, vote, and what the log promises there. One of them behind a
/// hole leaves all three certain, whatever the hole held.
/// </summary>
internal readonly record struct HardStateRecord(HardState State, Promise Promise)
{
    public const int PayloadBytes = 5 * 8;

    public void Write(Span<byte> payload)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(payload, State.Term.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[8..], State.Vote.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[16..], Promise.End.Index.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[24..], Promise.End.Term.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[32..], Promise.IsKnown ? 1UL : 0UL);
    }

    public static bool TryRead(ReadOnlySpan<byte> payload, out HardStateRecord record)
    {
        record = default;
        if (payload.Length != PayloadBytes) return false;
        record = new HardStateRecord(
            new HardState(new Term(U64(payload, 0)), new MemberId(U64(payload, 8))),
            new Promise(new LogPosition(new LogIndex(U64(payload, 16)), new Term(U64(payload, 24))), U64(payload, 32) != 0));
        return true;
    }

    private static ulong U64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
}
