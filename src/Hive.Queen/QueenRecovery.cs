using Hive.Journal;
using Hive.Queen.Storage;
using Hive.Raft;

namespace Hive.Queen;

/// <summary>What was made of a lost quorum.</summary>
/// <param name="LastIndex">Last entry that the surviving member holds, and that the new cluster begins with.</param>
/// <param name="Lost">What may be gone, for people.</param>
public sealed record QueenRecoveryReport(LogIndex LastIndex, Term Term, string Lost);

/// <summary>The way out when most members are gone for good.</summary>
public static class QueenRecovery
{
    /// <summary>
    /// Makes this member, which must not be running, the only one of its cluster, with all that its log holds. The others must never be started again
    /// with their old directories. Members are added anew afterwards.
    /// </summary>
    /// <exception cref="QueenStartException">Its directory cannot be opened.</exception>
    public static QueenRecoveryReport KeepOnly(QueenOptions options)
    {
        using QueenStorage storage = QueenStorage.Open(options, Raft.Membership.Empty);
        Journal.Journal journal = storage.Journal;
        Raft.Membership newest = NewestMembership(journal, storage.Metadata);
        Member self = newest.Find(options.Self) ?? new Member(options.Self, MemberKind.Voter, false, default);
        bool made = Raft.Membership.TryCreate([self with { Kind = MemberKind.Voter, Outgoing = false }], out Raft.Membership alone);
        Invariant.Check(made);
        var payload = new System.Buffers.ArrayBufferWriter<byte>();
        RaftCodec.WriteMembership(alone, payload);
        // A term of its own: an entry of a lost leader at this index, should it ever turn up, is another one.
        Term term = journal.HardState.Term.Next;
        LogIndex index = journal.LastIndex.Next;
        var batch = new JournalBatch();
        batch.Append(new JournalEntry(index, term, (byte)EntryKind.Membership, LastStamp(journal, storage), payload.WrittenMemory));
        batch.SetHardState(new Journal.HardState(term, options.Self));
        if (journal.Damage is not null) batch.MarkRepaired();
        if (journal.Write(batch) != DiskStatus.Ok) throw new QueenStartException("no room on the disk for the recovery");
        return new QueenRecoveryReport(
            index, term,
            $"kept: all {journal.LastIndex.Previous} entries that member {options.Self} holds. Lost, if there were any: writes that the others acknowledged without it (entries from {index} on).");
    }

    private static Stamp LastStamp(Journal.Journal journal, QueenStorage storage)
    {
        var last = new List<JournalEntry>();
        if (journal.LastIndex > journal.LogStart.Index) journal.Read(journal.LastIndex, journal.LastIndex, 1, 0, last);
        return last.Count > 0 ? last[0].Stamp : storage.Store.LastStamp;
    }

    private static Raft.Membership NewestMembership(Journal.Journal journal, SnapshotMetadata snapshot)
    {
        Raft.Membership newest = snapshot.Membership;
        var read = new List<JournalEntry>();
        LogIndex from = journal.LogStart.Index.Next;
        while (from <= journal.LastIndex)
        {
            read.Clear();
            journal.Read(from, journal.LastIndex, 4 << 20, Entry.OverheadBytes, read);
            foreach (JournalEntry entry in read)
            {
                if (entry.Kind == (byte)EntryKind.Membership && RaftCodec.TryReadMembership(entry.Data, out Raft.Membership? membership)) newest = membership!;
            }
            from = read[^1].Index.Next;
        }
        return newest;
    }
}
