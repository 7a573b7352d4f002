using System.Buffers.Binary;
using Hive.Journal.Records;

namespace Hive.Journal;

/// <summary>What the records written so far add up to. One code path for writing and for replay, so that they cannot disagree.</summary>
internal sealed class JournalState
{
    public EntryTable Entries { get; } = new();
    public HardState HardState { get; private set; }
    public LogPosition LogStart { get; private set; }

    /// <summary>What is lost and not yet repaired; null when all is well.</summary>
    public JournalDamage? Damage { get; private set; }

    public LogIndex LastIndex => Entries.Count == 0 ? LogStart.Index : Entries.Last;

    /// <summary>Applies one verified record that stands at <paramref name="offset"/> of a segment. False: its payload has no such form.</summary>
    public bool Apply(in RecordFrame frame, ReadOnlySpan<byte> payload, ulong segment, long offset)
    {
        switch (frame.Kind)
        {
            case RecordKind.SegmentStart:
                if (!SegmentStart.TryRead(payload, out SegmentStart start)) return false;
                HardState = start.HardState;
                if (start.LogStart.Index > LogStart.Index) Begin(start.LogStart, resets: false);
                return true;
            case RecordKind.Entry:
                return ApplyEntry(payload, segment, offset);
            case RecordKind.HardState:
                if (payload.Length != 16) return false;
                HardState = new HardState(new Term(U64(payload, 0)), new MemberId(U64(payload, 8)));
                return true;
            case RecordKind.LogStart:
                if (payload.Length != JournalBatch.LogStartBytes) return false;
                Begin(new LogPosition(new LogIndex(U64(payload, 0)), new Term(U64(payload, 8))), U64(payload, 16) != 0);
                return true;
            case RecordKind.Damage:
                if (!DamageRecord.TryRead(payload, out JournalDamage? damage)) return false;
                Damage = damage;
                Entries.CutFrom(damage.From);
                return true;
            case RecordKind.Repaired:
                Damage = null;
                return true;
            default:
                return true;
        }
    }

    private bool ApplyEntry(ReadOnlySpan<byte> payload, ulong segment, long offset)
    {
        if (payload.Length < JournalBatch.EntryFixedBytes) return false;
        var index = new LogIndex(U64(payload, 0));
        var term = new Term(U64(payload, 8));
        if (index <= LogStart.Index) return false;
        long data = offset + RecordFrame.HeaderBytes + JournalBatch.EntryFixedBytes;
        Entries.Set(index, new EntryLocation(term, segment, data, payload.Length - JournalBatch.EntryFixedBytes));
        return true;
    }

    private void Begin(LogPosition start, bool resets)
    {
        LogStart = start;
        if (resets) Entries.ResetTo(start.Index);
        else Entries.DropThrough(start.Index);
    }

    private static ulong U64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
}
