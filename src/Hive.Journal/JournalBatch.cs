using System.Buffers.Binary;
using Hive.Journal.Records;

namespace Hive.Journal;

/// <summary>
/// Records that become durable together: one write, one fdatasync. Order counts, and later records override earlier ones: an entry
/// at an index that exists replaces it and all behind it. Reused after <see cref="Clear"/>.
/// </summary>
public sealed class JournalBatch
{
    internal const int EntryFixedBytes = 5 * 8;
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
        Span<byte> payload = Reserve(RecordKind.Entry, EntryFixedBytes + entry.Data.Length, entry.Index, entry.Term);
        BinaryPrimitives.WriteUInt64LittleEndian(payload, entry.Index.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[8..], entry.Term.Value);
        BinaryPrimitives.WriteInt64LittleEndian(payload[16..], entry.Stamp.Log.Ticks);
        BinaryPrimitives.WriteInt64LittleEndian(payload[24..], entry.Stamp.Wall.Ticks);
        payload[32..EntryFixedBytes].Clear();
        payload[32] = entry.Kind;
        entry.Data.Span.CopyTo(payload[EntryFixedBytes..]);
    }

    /// <summary>Remembers term and vote.</summary>
    public void SetHardState(HardState state)
    {
        Span<byte> payload = Reserve(RecordKind.HardState, 16, default, default);
        BinaryPrimitives.WriteUInt64LittleEndian(payload, state.Term.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[8..], state.Vote.Value);
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

    internal void Seal() => Reserve(RecordKind.Seal, 0, default, default);

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
