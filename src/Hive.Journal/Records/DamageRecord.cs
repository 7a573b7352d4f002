using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Hive.Journal.Records;

/// <summary>Payload of a <see cref="RecordKind.Damage"/> record.</summary>
internal static class DamageRecord
{
    public const int PayloadBytes = 4 * 8;

    public static void Write(Span<byte> payload, JournalDamage damage)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(payload, damage.From.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[8..], damage.Promise.End.Index.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[16..], damage.Promise.End.Term.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[24..], damage.Promise.IsKnown ? 1UL : 0UL);
    }

    public static bool TryRead(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out JournalDamage? damage)
    {
        damage = null;
        if (payload.Length != PayloadBytes) return false;
        damage = new JournalDamage(
            new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(payload)),
            new Promise(
                new LogPosition(new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(payload[8..])), new Term(BinaryPrimitives.ReadUInt64LittleEndian(payload[16..]))),
                BinaryPrimitives.ReadUInt64LittleEndian(payload[24..]) != 0),
            "found at an earlier opening");
        return true;
    }
}
