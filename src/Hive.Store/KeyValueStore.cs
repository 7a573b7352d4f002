using System.Collections.Immutable;

namespace Hive.Store;

/// <summary>
/// The replicated state machine. <see cref="Apply"/> is the only way its state changes; it is called by one thread, in log order.
/// Readers take an O(1) <see cref="StoreSnapshot"/> from any thread and never block it.
/// </summary>
public sealed class KeyValueStore
{
    /// <summary>Index of the last entry applied: part of the state and of every snapshot of it.</summary>
    public LogIndex AppliedIndex => throw new NotImplementedException();

    public Term AppliedTerm => throw new NotImplementedException();

    /// <summary>Stamp of the last entry applied.</summary>
    public Stamp LastStamp => throw new NotImplementedException();

    /// <summary>The store's current revision.</summary>
    public Revision Revision => throw new NotImplementedException();

    /// <summary>Applies one entry. An empty command (the first entry of a term) only moves index, term and time.</summary>
    public ApplyResult Apply(LogIndex index, Term term, Stamp stamp, ReadOnlyMemory<byte> command) => throw new NotImplementedException();

    /// <summary>O(1), from any thread: the state at the revision last applied.</summary>
    public StoreSnapshot Snapshot() => throw new NotImplementedException();

    /// <summary>Where watchers are registered and fed.</summary>
    public WatchHub Watches => throw new NotImplementedException();

    /// <summary>The earliest log time at which something falls due (a lease), or null.</summary>
    public LogTime? NextDeadline => throw new NotImplementedException();

    /// <summary>
    /// Called on the apply thread after each entry that changed something, before its result is returned: the feed of the decoded
    /// model. Must not block and must not throw.
    /// </summary>
    #pragma warning disable CS0067
    public event Action<RevisionChanges>? Changed;
}

/// <summary>One immutable state. Safe from any thread, for as long as it is held.</summary>
public sealed class StoreSnapshot
{
    public Revision Revision => throw new NotImplementedException();

    /// <summary>Reads below this revision answer <see cref="StoreError.Compacted"/>; at it they succeed. -1 before the first compaction.</summary>
    public long CompactedAt => throw new NotImplementedException();

    public LogIndex AppliedIndex => throw new NotImplementedException();
    public Term AppliedTerm => throw new NotImplementedException();
    public Stamp Stamp => throw new NotImplementedException();

    /// <summary>etcd's Range. Errors: EmptyKey, Compacted, FutureRevision, InvalidSortOption.</summary>
    public StoreError Range(RangeQuery query, out RangeResult? result) => throw new NotImplementedException();

    /// <summary>The pair at this snapshot's revision, or null.</summary>
    public KeyValue? Get(ReadOnlyMemory<byte> key) => throw new NotImplementedException();

    /// <summary>Lazily walks [from, to) in key order; an empty <paramref name="to"/> means no end. Memory bounded whatever the size.</summary>
    public IEnumerable<KeyValue> Scan(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> to) => throw new NotImplementedException();

    /// <summary>The lease, or null when unknown or ended.</summary>
    public LeaseView? FindLease(LeaseId lease) => throw new NotImplementedException();

    /// <summary>All leases in id order.</summary>
    public ImmutableArray<LeaseId> Leases() => throw new NotImplementedException();

    /// <summary>The revision at which the hidden counter was last bumped, or zero.</summary>
    public Revision Hidden(ReadOnlyMemory<byte> hidden) => throw new NotImplementedException();
}

/// <summary>A lease as a snapshot shows it.</summary>
/// <param name="Deadline">Log time at which it ends unless renewed.</param>
/// <param name="Keys">Keys attached to it, in key order.</param>
public sealed record LeaseView(LeaseId Lease, long GrantedSeconds, LogTime Deadline, ImmutableArray<ReadOnlyMemory<byte>> Keys);
