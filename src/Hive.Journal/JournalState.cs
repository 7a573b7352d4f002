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

    /// <summary>What the records say that this member may have acknowledged: see <see cref="Journal.Promise"/>.</summary>
    public Promise Promise { get; private set; } = new(default, IsKnown: true);

    /// <summary>Where the log ends.</summary>
    public LogPosition LogEnd => Entries.Count == 0 ? LogStart : new LogPosition(Entries.Last, Entries.Find(Entries.Last)!.Value.Term);

    /// <summary>Term of an entry that is in the log, or of <see cref="LogStart"/>; null for any other index.</summary>
    public Term? TermAt(LogIndex index) => index == LogStart.Index ? LogStart.Term : Entries.Find(index) is { IsMissing: false } entry ? entry.Term : null;

    /// <summary>Damage was found, and is about to be recorded: what is promised is this.</summary>
    public void Owe(Promise promise) => Promise = promise;

    public LogIndex LastIndex => Entries.Count == 0 ? LogStart.Index : Entries.Last;

    /// <summary>Applies one verified record that stands at <paramref name="offset"/> of a segment. False: its payload has no such form.</summary>
    public bool Apply(in RecordFrame frame, ReadOnlySpan<byte> payload, ulong segment, long offset)
    {
        switch (frame.Kind)
        {
            case RecordKind.SegmentStart:
                if (!SegmentStart.TryRead(payload, out SegmentStart start)) return false;
                (HardState, Promise) = (start.HardState.State, start.HardState.Promise);
                if (start.LogStart.Index > LogStart.Index) Begin(start.LogStart, resets: false);
                return true;
            case RecordKind.Entry:
                return ApplyEntry(payload, segment, offset);
            case RecordKind.HardState:
                if (!HardStateRecord.TryRead(payload, out HardStateRecord hardState)) return false;
                (HardState, Promise) = (hardState.State, hardState.Promise);
                return true;
            case RecordKind.LogStart:
                if (payload.Length != JournalBatch.LogStartBytes) return false;
                Begin(new LogPosition(new LogIndex(U64(payload, 0)), new Term(U64(payload, 8))), U64(payload, 16) != 0);
                return true;
            case RecordKind.Damage:
                if (!DamageRecord.TryRead(payload, out JournalDamage? damage)) return false;
                (Damage, Promise) = (damage, damage.Promise);
                Entries.CutFrom(damage.From);
                return true;
            case RecordKind.Repaired:
                Damage = null;
                Promise = new Promise(LogEnd, IsKnown: true);
                return true;
            default:
                return true;
        }
    }

    private bool ApplyEntry(ReadOnlySpan<byte> payload, ulong segment, long offset)
    {
        if (!EntryRecord.TryRead(payload, out EntryRecord entry) || entry.Index <= LogStart.Index) return false;
        long data = offset + RecordFrame.HeaderBytes + EntryRecord.FixedBytes;
        Entries.Set(entry.Index, new EntryLocation(entry.Term, segment, data, payload.Length - EntryRecord.FixedBytes));
        EndsAt(LogEnd);
        return true;
    }

    private void EndsAt(LogPosition end) => Promise = Damage is null ? new Promise(end, IsKnown: true) : Promise.And(end);

    private void Begin(LogPosition start, bool resets)
    {
        LogStart = start;
        if (resets) Entries.ResetTo(start.Index);
        else Entries.DropThrough(start.Index);
        if (resets) EndsAt(start);
    }

    private static ulong U64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
}
