namespace Hive.Raft;

/// <summary>What a snapshot stands for: the state after applying <see cref="Index"/>, and the membership in force there.</summary>
/// <param name="Index">Last entry that the snapshot contains; zero for the birth of a cluster.</param>
/// <param name="Term">Term of that entry.</param>
/// <param name="Stamp">Clocks of that entry: log time goes on from there when the log behind the snapshot is empty.</param>
/// <param name="Membership">Membership in force at that entry. A member that joins an existing cluster is born with an empty one.</param>
public sealed record SnapshotMetadata(LogIndex Index, Term Term, Stamp Stamp, Membership Membership)
{
    /// <summary>The state before the first entry, with the members a cluster is born with (the same on each of them).</summary>
    public static SnapshotMetadata Genesis(Membership membership) => new(LogIndex.Zero, Term.Zero, default, membership);

    public override string ToString() => $"{Index}/{Term} {Membership}";
}

/// <summary>
/// The part of the log that is durable on this member, as the core reads it: for entries that left the core's cache, and at start.
/// Called only on the thread that owns the <see cref="RaftNode"/>. The view may lag behind what was handed out in <see cref="Ready"/>;
/// it must show what <see cref="RaftNode.Persisted"/> reported. After a snapshot was installed it is empty from the snapshot's index on.
/// </summary>
public interface ILogView
{
    /// <summary>The newest durable snapshot (the genesis metadata before the first one): what a follower that lags behind the log is sent.</summary>
    SnapshotMetadata Snapshot { get; }

    /// <summary>First entry still held. Never above <c>Snapshot.Index + 1</c>; equal to <c>LastIndex + 1</c> when the log is empty.</summary>
    LogIndex FirstIndex { get; }

    /// <summary>Last entry held; <c>FirstIndex - 1</c> when the log is empty.</summary>
    LogIndex LastIndex { get; }

    /// <summary>
    /// Term of the entry, or null when it is not held. Must be known from <c>FirstIndex - 1</c> (the entry before the first, which a
    /// compaction or snapshot left behind) to <see cref="LastIndex"/>.
    /// </summary>
    Term? TermAt(LogIndex index);

    /// <summary>
    /// Appends entries [<paramref name="from"/>, <paramref name="to"/>) to <paramref name="into"/>, in order, stopping before the one
    /// that would make their <see cref="Entry.ChargedBytes"/> exceed <paramref name="maxBytes"/>, but always at least one. False, with
    /// nothing added, when <paramref name="from"/> is no longer held.
    /// </summary>
    bool TryRead(LogIndex from, LogIndex to, long maxBytes, List<Entry> into);

    /// <summary>
    /// Term of the entry in front of the one named, when a readable record of exactly that one is left on a disk with damage, in the log or not (behind a
    /// hole, or replaced). Null when there is none, or no damage.
    /// </summary>
    Term? TermBefore(EntryId entry);

    /// <summary>That record's entry; null under the same conditions.</summary>
    Entry? ReadCopy(EntryId entry);
}
