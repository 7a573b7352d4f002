using System.Collections.Immutable;

namespace Hive.Raft.Tests.Cluster;

/// <summary>What one member has durably; survives its crashes.</summary>
internal sealed class MemberDisk(SnapshotMetadata genesis) : ILogView
{
    private readonly List<Entry> _entries = [];
    private readonly SortedDictionary<LogIndex, (Entry Entry, Term Before)> _copies = [];
    private Term _beforeFirstTerm;

    public HardState HardState { get; private set; }
    public SnapshotMetadata Snapshot { get; private set; } = genesis;
    public LogIndex FirstIndex { get; private set; } = LogIndex.Zero.Next;
    public LogIndex LastIndex => new(FirstIndex.Value + (ulong)_entries.Count - 1);
    public IReadOnlyList<Entry> Entries => _entries;

    public Term? TermAt(LogIndex index)
    {
        if (index == FirstIndex.Previous) return _beforeFirstTerm;
        return index >= FirstIndex && index <= LastIndex ? _entries[(int)(index - FirstIndex)].Term : null;
    }

    public bool TryRead(LogIndex from, LogIndex to, long maxBytes, List<Entry> into)
    {
        if (from < FirstIndex) return false;
        long bytes = 0;
        for (var index = from; index < to; index = index.Next)
        {
            var entry = _entries[(int)(index - FirstIndex)];
            bytes += entry.ChargedBytes;
            if (bytes > maxBytes && index != from) break;
            into.Add(entry);
        }
        return true;
    }

    public void Write(HardState? hardState, SnapshotMetadata? snapshot, ImmutableArray<Entry> entries)
    {
        if (hardState is { } state) HardState = state;
        if (snapshot is not null)
        {
            Snapshot = snapshot;
            _entries.Clear();
            FirstIndex = snapshot.Index.Next;
            _beforeFirstTerm = snapshot.Term;
        }
        if (entries.IsEmpty) return;
        Assert.True(entries[0].Index >= FirstIndex && entries[0].Index <= LastIndex.Next);
        _entries.RemoveRange((int)(entries[0].Index - FirstIndex), (int)(LastIndex.Next - entries[0].Index));
        _entries.AddRange(entries);
    }

    /// <summary>A snapshot of the own state became durable; the log keeps <paramref name="keep"/> entries before it.</summary>
    public void Compact(SnapshotMetadata snapshot, ulong keep)
    {
        Snapshot = snapshot;
        var first = snapshot.Index.Value > keep ? new LogIndex(snapshot.Index.Value - keep + 1) : LogIndex.Zero.Next;
        if (first <= FirstIndex) return;
        var before = TermAt(first.Previous)!.Value;
        _entries.RemoveRange(0, (int)(first - FirstIndex));
        FirstIndex = first;
        _beforeFirstTerm = before;
    }

    public Term? TermBefore(EntryId entry) => _copies.TryGetValue(entry.Index, out var copy) && copy.Entry.Term == entry.Term ? copy.Before : null;

    public Entry? ReadCopy(EntryId entry) => _copies.TryGetValue(entry.Index, out var copy) && copy.Entry.Term == entry.Term ? copy.Entry : null;

    /// <summary>The records of some entries rot: the log ends in front of the first, the others behind it are copies without a place. The end that it had.</summary>
    public EntryId Rot(params ReadOnlySpan<ulong> indexes)
    {
        var end = new EntryId(LastIndex, TermAt(LastIndex)!.Value);
        foreach (var entry in _entries)
            if (!indexes.Contains(entry.Index.Value)) _copies[entry.Index] = (entry, TermAt(entry.Index.Previous)!.Value);
        LoseFrom(new LogIndex(indexes[0]));
        return end;
    }

    /// <summary>Loses all entries from an index on, as a repair of a corrupted file would find them.</summary>
    public void LoseFrom(LogIndex index)
    {
        if (index <= LastIndex) _entries.RemoveRange((int)(index - FirstIndex), (int)(LastIndex.Next - index));
    }
}
