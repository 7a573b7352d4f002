using System.Buffers.Binary;
using Hive.Journal.Records;

namespace Hive.Journal;

/// <summary>
/// Records that become durable together: one write, one fdatasync. Order counts, and later records override earlier ones: an entry
/// at an index that exists replaces it and all behind it. Reused after <see cref="Clear"/>.
/// </summary>
public sealed class JournalBatch
{
    private byte[] _bytes = new byte[64 * 1024];
    private readonly List<Pending> _records = [];

    internal readonly record struct Pending(RecordKind Kind, int Start, int PayloadBytes, LogIndex Index, Term Term);

    /// <summary>Encoded size so far.</summary>
    public int Bytes { get; private set; }

    public bool IsEmpty => _records.Count == 0;

    internal IReadOnlyList<Pending> Records => _records;
    internal Span<byte> Encoded => _bytes.AsSpan(0, Bytes);
    internal HardState? LastHardState { get; private set; }

    public void Clear()
    {
        _records.Clear();
        Bytes = 0;
        LastHardState = null;
    }

    /// <summary>Appends an entry, or overrides the log from its index on.</summary>
    public void Append(in JournalEntry entry)
    {
        Span<byte> payload = Reserve(RecordKind.Entry, EntryRecord.FixedBytes + entry.Data.Length, entry.Index, entry.Term);
        new EntryRecord(entry.Index, entry.Term, entry.Stamp, entry.Kind, Term.Zero).Write(payload);
        entry.Data.Span.CopyTo(payload[EntryRecord.FixedBytes..]);
    }

    /// <summary>Remembers term and vote.</summary>
    public void SetHardState(HardState state)
    {
        new HardStateRecord(state, default).Write(Reserve(RecordKind.HardState, HardStateRecord.PayloadBytes, default, default));
        LastHardState = state;
    }

    /// <summary>The log begins after this position, entries behind it stay. A snapshot that covers it must be durable already.</summary>
    public void Compact(LogPosition start) => SetLogStart(start, resets: false);

    /// <summary>The log is empty and begins after this position: a received snapshot, durable already, replaces it.</summary>
    public void Reset(LogPosition start) => SetLogStart(start, resets: true);

    internal const int LogStartBytes = 8 + 8 + 8;

    private void SetLogStart(LogPosition start, bool resets)
    {
        Span<byte> payload = Reserve(RecordKind.LogStart, LogStartBytes, start.Index, start.Term);
        BinaryPrimitives.WriteUInt64LittleEndian(payload, start.Index.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[8..], start.Term.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[16..], resets ? 1UL : 0UL);
    }

    /// <summary>What <see cref="JournalDamage"/> spoke of is made good: the log reaches as far as it did, by the leader's account.</summary>
    public void MarkRepaired() => Reserve(RecordKind.Repaired, 0, default, default);

    internal void MarkDamaged(JournalDamage damage) =>
        DamageRecord.Write(Reserve(RecordKind.Damage, DamageRecord.PayloadBytes, default, default), damage);

    /// <summary>
    /// Ends the batch in term and vote, and fills in what only the journal knows: in each entry the term in front of it, in each hard state what is promised.
    /// </summary>
    internal void Complete(JournalState log)
    {
        if (_records.Count == 0 || _records[^1].Kind != RecordKind.HardState) SetHardState(LastHardState ?? log.HardState);
        LogPosition end = log.LogEnd;
        Promise promise = log.Promise;
        bool damaged = log.Damage is not null;
        for (int i = 0; i < _records.Count; i++)
        {
            Pending record = _records[i];
            Span<byte> payload = _bytes.AsSpan(record.Start + RecordFrame.HeaderBytes, record.PayloadBytes);
            switch (record.Kind)
            {
                case RecordKind.Entry:
                    EntryRecord.WriteTermBefore(payload, TermBefore(i, end, log));
                    end = new LogPosition(record.Index, record.Term);
                    break;
                case RecordKind.LogStart when BinaryPrimitives.ReadUInt64LittleEndian(payload[16..]) != 0 || record.Index > end.Index:
                    end = new LogPosition(record.Index, record.Term);
                    break;
                case RecordKind.Damage when DamageRecord.TryRead(payload, out JournalDamage? damage):
                    (damaged, promise) = (true, damage.Promise);
                    break;
                case RecordKind.Repaired:
                    damaged = false;
                    break;
                case RecordKind.HardState when HardStateRecord.TryRead(payload, out HardStateRecord state):
                    (state with { Promise = promise }).Write(payload);
                    continue;
                default:
                    continue;
            }
            promise = damaged ? promise.And(end) : new Promise(end, IsKnown: true);
        }
    }

    /// <summary>Term of the entry in front of a record's: mostly the last one's; else that of the newest record of that index, here or in the log.</summary>
    private Term TermBefore(int record, LogPosition end, JournalState log)
    {
        LogIndex before = _records[record].Index.Previous;
        if (end.Index == before) return end.Term;
        for (int i = record - 1; i >= 0; i--)
        {
            if (_records[i].Index == before && _records[i].Kind is RecordKind.Entry or RecordKind.LogStart) return _records[i].Term;
        }
        return log.TermAt(before) ?? throw Invariant.Fail($"entry {_records[record].Index} is not consecutive: the log ends at {end.Index}");
    }

    internal void StartSegment(in SegmentStart start) =>
        start.Write(Reserve(RecordKind.SegmentStart, SegmentStart.PayloadBytes, default, default));

    private Span<byte> Reserve(RecordKind kind, int payloadBytes, LogIndex index, Term term)
    {
        int size = RecordFrame.SizeOf(payloadBytes);
        if (_bytes.Length - Bytes < size) Array.Resize(ref _bytes, checked(Math.Max(_bytes.Length * 2, Bytes + size)));
        int start = Bytes;
        _records.Add(new Pending(kind, start, payloadBytes, index, term));
        _bytes.AsSpan(start + RecordFrame.HeaderBytes + payloadBytes, size - RecordFrame.HeaderBytes - payloadBytes).Clear();
        Bytes += size;
        return _bytes.AsSpan(start + RecordFrame.HeaderBytes, payloadBytes);
    }
}
