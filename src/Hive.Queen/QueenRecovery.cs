using System.Collections.Immutable;
using Hive.Journal;
using Hive.Queen.Archive;
using Hive.Queen.Core;
using Hive.Queen.Storage;
using Hive.Raft;
using Hive.Store;

namespace Hive.Queen;

/// <summary>What a surviving member holds, and what its cluster would go on with.</summary>
/// <param name="LastIndex">Last entry that it holds; of several survivors the one with the highest <paramref name="LastTerm"/>, then index, holds most.</param>
/// <param name="LastAt">When the leader of the time made that entry; default when the log is empty.</param>
/// <param name="Revision">The store's revision with all that it holds.</param>
/// <param name="GoesOnAt">The revision that the recovered cluster begins above: no client sees a revision twice.</param>
/// <param name="Forgotten">The members that would no longer be members.</param>
/// <param name="Damage">What its own log lacks, in words; null when it is whole.</param>
public sealed record RecoveryPlan(
    LogIndex LastIndex, Term LastTerm, WallTime LastAt, Revision Revision, Revision GoesOnAt, ImmutableArray<QueenMember> Forgotten, string? Damage);

/// <summary>
/// The way out when most members are gone for good: one that is left becomes the only one, with all that it holds. What the others acknowledged
/// without it is lost, and what nobody acknowledged may become visible.
/// </summary>
public static class QueenRecovery
{
    /// <summary>Says what would be kept and lost. Changes nothing that a start would not.</summary>
    /// <param name="options">As the member, which must not be running, is started with.</param>
    /// <exception cref="QueenStartException">Its directory holds no state, or none that can be opened.</exception>
    public static RecoveryPlan Inspect(QueenOptions options, WallTime now)
    {
        using QueenStorage storage = Open(options);
        return Survey(storage, options, now).Plan;
    }

    /// <summary>
    /// Makes this member, which must not be running, the only one of its cluster, in one durable write. The others must never be started again
    /// with their old directories: they would be a second cluster. Members are added anew afterwards.
    /// </summary>
    /// <exception cref="QueenStartException">Its directory holds no state, none that can be opened, or no room for the recovery.</exception>
    public static RecoveryPlan KeepOnly(QueenOptions options, WallTime now)
    {
        using QueenStorage storage = Open(options);
        (RecoveryPlan plan, Member self, Stamp last) = Survey(storage, options, now);
        bool made = Raft.Membership.TryCreate([self with { Kind = MemberKind.Voter, Outgoing = false }], out Raft.Membership alone);
        Invariant.Check(made);
        Journal.Journal journal = storage.Journal;
        // A term of its own: an entry of a lost leader at this index, should it ever turn up, is another one.
        Term term = journal.HardState.Term.Next;
        LogIndex membershipAt = journal.LastIndex.Next;
        var batch = new JournalBatch();
        batch.Append(new JournalEntry(membershipAt, term, (byte)EntryKind.Membership, last, RaftCodec.Encode(alone)));
        batch.Append(new JournalEntry(membershipAt.Next, term, (byte)EntryKind.Normal, last, RevisionAdvance.Encode(options.Self, plan.GoesOnAt)));
        batch.SetHardState(new Journal.HardState(term, options.Self));
        if (journal.Damage is not null) batch.MarkRepaired();
        if (journal.Write(batch) != DiskStatus.Ok) throw new QueenStartException("no room on the disk for the recovery");
        return plan;
    }

    private static QueenStorage Open(QueenOptions options)
    {
        options = options.FitToDisk();
        if (options.Disk.List("journal").Count == 0) throw new QueenStartException("there is no state of a queen in this directory");
        return QueenStorage.Open(options, Raft.Membership.Empty);
    }

    private static (RecoveryPlan Plan, Member Self, Stamp Last) Survey(QueenStorage storage, QueenOptions options, WallTime now)
    {
        Journal.Journal journal = storage.Journal;
        Raft.Membership newest = storage.Metadata.Membership;
        Stamp last = storage.Store.LastStamp;
        foreach (JournalEntry entry in ReadAll(journal))
        {
            if (entry.Kind == (byte)EntryKind.Membership && RaftCodec.TryReadMembership(entry.Data, out Raft.Membership? membership)) newest = membership!;
            last = entry.Stamp;
            Apply(storage.Store, entry);
        }
        Revision revision = storage.Store.Revision;
        Member self = newest.Find(options.Self) ?? new Member(options.Self, MemberKind.Voter, false, default);
        string? damage = journal.Damage is { } hole ? $"entries {hole.From} to {hole.To} of its log are damaged and cannot be had back" : null;
        Term lastTerm = journal.TermAt(journal.LastIndex) ?? storage.Metadata.Term;
        var plan = new RecoveryPlan(
            journal.LastIndex, lastTerm, last.Wall, revision, RevisionAdvance.Past(revision, last.Wall, now),
            [.. MemberAttributes.Describe(newest).Where(m => m.Id != options.Self)], damage);
        return (plan, self, last);
    }

    /// <summary>As the member will apply it when it starts: what it holds becomes committed, since nobody is left to object.</summary>
    private static void Apply(KeyValueStore store, in JournalEntry entry)
    {
        if (entry.Index <= store.AppliedIndex) return;
        store.Apply(entry.Index, entry.Term, entry.Stamp, AppliedEntry.CommandOf((EntryKind)entry.Kind, entry.Data, out _));
    }

    private static IEnumerable<JournalEntry> ReadAll(Journal.Journal journal)
    {
        const int ReadBytes = 4 << 20;
        var read = new List<JournalEntry>();
        for (LogIndex from = journal.LogStart.Index.Next; from <= journal.LastIndex; from = read[^1].Index.Next)
        {
            read.Clear();
            journal.Read(from, journal.LastIndex, ReadBytes, Entry.OverheadBytes, read);
            foreach (JournalEntry entry in read) yield return entry;
        }
    }
}
