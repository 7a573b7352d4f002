using Hive.Store.Memory;
using Hive.Store.Trees;

namespace Hive.Store.State;

/// <summary>
/// The whole replicated state: the roots of its trees and its counters. Copying this struct, under a new edit number, is a snapshot.
/// </summary>
internal struct StoreRoots
{
    public byte[]?[] Slabs;

    /// <summary>The newest version of every key that exists.</summary>
    public Tree<ulong, VersionSeparator> Live;

    /// <summary>Versions overwritten or deleted at <see cref="CompactedAt"/> or later (or earlier, and not yet trimmed).</summary>
    public Tree<ulong, VersionSeparator> Past;

    /// <summary>All changes in order, back to <see cref="CompactedAt"/> (or earlier, and not yet trimmed).</summary>
    public Tree<Change, ChangePosition> Changes;
    public Tree<RevisionStamp, RevisionStamp> Stamps;

    public Tree<Lease, long> Leases;
    public Tree<LeaseDeadline, LeaseDeadline> Deadlines;
    public Tree<Attachment, Attachment> Attachments;
    public Tree<HiddenCounter, byte[]> Hidden;
    public Tree<SideRecord, byte[]> Records;
    public Tree<RememberedRequest, UInt128> Requests;
    public Tree<RequestTurn, long> RequestTurns;

    public LogIndex AppliedIndex;
    public Term AppliedTerm;
    public Stamp Stamp;
    public long Revision;

    /// <summary>Reads below it fail; -1 before the first compaction.</summary>
    public long CompactedAt;
    public Retention Retention;
    public long NextTurn;

    /// <summary>Steps of upkeep owed since it last ran: they are done many at once, since each batch copies the paths it touches.</summary>
    public int UpkeepOwed;

    public long LiveBytes;
    public long HistoryBytes;
    public long RequestBytes;

    // Sums of the hashes of what is there: adding and taking away keeps them current, in whatever order it came.
    public ulong LiveDigest;
    public ulong LeaseDigest;
    public ulong HiddenDigest;
    public ulong RecordDigest;
    public ulong RequestDigest;

    public static StoreRoots Empty => new()
    {
        Slabs = [],
        Revision = Hive.Revision.Empty.Value,
        CompactedAt = -1,
        Retention = Retention.Default,
    };

    /// <summary>Whether history below <see cref="CompactedAt"/> is still there to be trimmed.</summary>
    public readonly bool HasHistoryToTrim =>
        CompactedAt > 0
        && ((Changes.TryFirst(out var first) && first.At.Revision < CompactedAt) || (Stamps.TryFirst(out var stamp) && stamp.Revision < CompactedAt));

    public readonly StateDigest Digest
    {
        get
        {
            var value = StableHash.Mix(LiveDigest, LeaseDigest);
            value = StableHash.Mix(value, HiddenDigest);
            value = StableHash.Mix(value, RecordDigest);
            value = StableHash.Mix(value, RequestDigest);
            value = StableHash.Mix(value, (ulong)Revision);
            value = StableHash.Mix(value, (ulong)CompactedAt);
            value = StableHash.Mix(value, (ulong)Stamp.Log.Ticks);
            return new StateDigest(AppliedIndex, StableHash.Mix(value, (ulong)Stamp.Wall.Ticks));
        }
    }
}
