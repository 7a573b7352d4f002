using System.Collections.Immutable;
using Hive.Journal;
using Hive.Queen.Core;
using Hive.Raft;

namespace Hive.Queen.Archive;

/// <summary>An entry as the state machine takes it in.</summary>
/// <param name="Command">Empty for entries that only move index, term and time: the first of a term, a membership.</param>
public readonly record struct AppliedEntry(LogIndex Index, Term Term, Stamp Stamp, ReadOnlyMemory<byte> Command)
{
    /// <summary>What the state machine is given of an entry of the log.</summary>
    /// <param name="header">Who proposed it; default where nobody did.</param>
    public static ReadOnlyMemory<byte> CommandOf(EntryKind kind, ReadOnlyMemory<byte> payload, out ProposalHeader header)
    {
        header = default;
        if (kind != EntryKind.Normal) return default;
        ProposalHeader.TryRead(payload, out header, out ReadOnlyMemory<byte> command);
        return command;
    }
}

/// <summary>Whether a log could be read on from a position.</summary>
public enum LogReadCode : byte
{
    /// <summary>It could; no entries means that nothing was applied behind the position yet.</summary>
    Ok = 0,
    /// <summary>The log begins later: a snapshot covers what was asked for.</summary>
    Gone,
    /// <summary>The position is not in this log: it is of another history, as after a recovery from a lost quorum.</summary>
    Differs,
    /// <summary>The disk has lost it since it was written.</summary>
    Unreadable,
    /// <summary>This door has no log.</summary>
    NotServed,
}

/// <summary>Entries behind a position, in order and without a gap.</summary>
/// <param name="Complete">They reach to the last entry that was applied when they were read.</param>
public readonly record struct LogReading(LogReadCode Code, ImmutableArray<AppliedEntry> Entries, bool Complete)
{
    public static LogReading Failed(LogReadCode code) => new(code, [], false);
}

/// <summary>Reads from a journal what the state machine has taken in: such entries are committed and never change.</summary>
internal static class AppliedLog
{
    /// <param name="applied">The last entry that the state machine has applied.</param>
    /// <param name="after">The position to go on from; the term must be that of the entry there.</param>
    public static LogReading Read(Journal.Journal journal, LogIndex applied, LogPosition after, long maxBytes)
    {
        if (after.Index > applied) return LogReading.Failed(LogReadCode.Differs);
        if (journal.TermAt(after.Index) is not { } term) return LogReading.Failed(LogReadCode.Gone);
        if (term != after.Term) return LogReading.Failed(LogReadCode.Differs);
        var read = new List<JournalEntry>();
        try
        {
            if (after.Index < applied) journal.Read(after.Index.Next, applied, maxBytes, Entry.OverheadBytes, read);
        }
        catch (IOException)
        {
            return LogReading.Failed(LogReadCode.Unreadable);
        }
        // A snapshot took the place of the log meanwhile.
        if (read.Count == 0 && after.Index < applied) return LogReading.Failed(LogReadCode.Gone);
        var entries = ImmutableArray.CreateBuilder<AppliedEntry>(read.Count);
        foreach (JournalEntry entry in read)
        {
            entries.Add(new AppliedEntry(entry.Index, entry.Term, entry.Stamp, AppliedEntry.CommandOf((EntryKind)entry.Kind, entry.Data, out _)));
        }
        return new LogReading(LogReadCode.Ok, entries.MoveToImmutable(), read.Count == 0 || read[^1].Index >= applied);
    }
}
