using Hive.Journal;
using Hive.Raft;

namespace Hive.Queen.Core;

/// <summary>
/// The durable log as consensus reads it, on the core's thread: the journal's entries between a beginning that only the core moves,
/// and never before what it stands for is durable.
/// </summary>
public sealed class LogView(Journal.Journal journal, SnapshotMetadata snapshot) : ILogView
{
    private readonly List<JournalEntry> _read = [];

    public SnapshotMetadata Snapshot { get; private set; } = snapshot;

    public LogIndex FirstIndex { get; private set; } = journal.LogStart.Index.Next;

    public LogIndex LastIndex => journal.LastIndex < FirstIndex ? FirstIndex.Previous : journal.LastIndex;

    public Term? TermAt(LogIndex index)
    {
        if (index == Snapshot.Index) return Snapshot.Term;
        return index < FirstIndex.Previous ? null : journal.TermAt(index);
    }

    public bool TryRead(LogIndex from, LogIndex to, long maxBytes, List<Entry> into)
    {
        if (from < FirstIndex || from >= to) return false;
        _read.Clear();
        journal.Read(from, to.Previous, maxBytes, Entry.OverheadBytes, _read);
        foreach (JournalEntry entry in _read) into.Add(ToEntry(entry));
        return _read.Count > 0;
    }

    public Term? TermBefore(EntryId entry) => journal.TermBefore(entry.Index, entry.Term);

    public Entry? ReadCopy(EntryId entry) => journal.ReadCopy(entry.Index, entry.Term) is { } copy ? ToEntry(copy) : null;

    /// <summary>A snapshot of this member's own state became durable.</summary>
    internal void Taken(SnapshotMetadata taken) => Snapshot = taken;

    /// <summary>Entries up to here are about to be dropped from the journal; the snapshot covers them.</summary>
    internal void DropThrough(LogIndex index)
    {
        Invariant.Check(index <= Snapshot.Index, $"drop through {index}, snapshot at {Snapshot.Index}");
        FirstIndex = index.Next;
    }

    /// <summary>Consensus has taken in a received snapshot, which replaces the log; its journal write is ordered.</summary>
    internal void Expect(SnapshotMetadata received)
    {
        Snapshot = received;
        FirstIndex = received.Index.Next;
    }

    private static Entry ToEntry(in JournalEntry entry) => new(entry.Term, entry.Index, (EntryKind)entry.Kind, entry.Stamp, entry.Data);
}
