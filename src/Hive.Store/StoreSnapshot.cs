using System.Collections.Immutable;
using Hive.Store.Memory;
using Hive.Store.Reads;
using Hive.Store.State;
using Hive.Store.Transfer;

namespace Hive.Store;

/// <summary>One immutable state. Safe from any thread, for as long as it is held. Holding it keeps alive the memory of its revision.</summary>
public sealed class StoreSnapshot
{
    private const int Fresh = 0, Held = 1, Retired = 2;

    private readonly StoreRoots _roots;
    private int _hold;

    internal StoreSnapshot(in StoreRoots roots, StoreBytes bytes, bool cleaning = false)
    {
        _roots = roots;
        Bytes = bytes;
        NextDeadline = roots.Deadlines.TryFirst(out var due) ? due.At : null;
        if (!cleaning && !roots.HasHistoryToTrim) return;
        var upkeep = roots.Stamp.Log + StoreLimits.UpkeepInterval;
        if (NextDeadline is not { } deadline || deadline > upkeep) NextDeadline = upkeep;
    }

    public Revision Revision => new(_roots.Revision);

    /// <summary>Reads below this revision answer <see cref="StoreError.Compacted"/>; at it they succeed. -1 before the first compaction.</summary>
    public long CompactedAt => _roots.CompactedAt;

    /// <summary>Keys that are there.</summary>
    public long KeyCount => _roots.Live.Count;

    /// <summary>Leases that have not been ended yet.</summary>
    public long LeaseCount => _roots.Leases.Count;

    public LogIndex AppliedIndex => _roots.AppliedIndex;
    public Term AppliedTerm => _roots.AppliedTerm;
    public Stamp Stamp => _roots.Stamp;
    public Retention Retention => _roots.Retention;
    public StoreBytes Bytes { get; }
    public StateDigest Digest => _roots.Digest;

    internal LogTime? NextDeadline { get; }
    internal ref readonly StoreRoots Roots => ref _roots;

    /// <summary>etcd's Range. Errors: EmptyKey, Compacted, FutureRevision, InvalidSortOption.</summary>
    public StoreError Range(RangeQuery query, out RangeResult? result)
    {
        var error = OpenRange(query, out var rows);
        result = rows?.ToResult();
        return error;
    }

    /// <summary>As the range above, read row by row: memory is bounded whatever the size.</summary>
    public StoreError OpenRange(RangeQuery query, out RangeRows? rows)
    {
        rows = null;
        var error = RangeReader.Check(query);
        if (error == StoreError.None) error = RangeReader.CheckRevision(_roots, query.At);
        if (error == StoreError.None) rows = RangeReader.Open(_roots, query, _roots.Revision);
        return error;
    }

    /// <summary>The pair at this snapshot's revision, or null.</summary>
    public KeyValue? Get(ReadOnlyMemory<byte> key) =>
        _roots.Live.TryFind(new LiveOrder(_roots.Slabs), new VersionKey(key.Span), out var reference)
            ? RecordHeap.Open(_roots.Slabs, reference).ToKeyValue()
            : null;

    /// <summary>Lazily walks [from, to) in key order; an empty <paramref name="to"/> means no end. Memory bounded whatever the size.</summary>
    public IEnumerable<KeyValue> Scan(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> to) => Scan(from, to, _roots.Revision);

    /// <summary>As the scan of the newest revision, at a kept one. Errors: Compacted, FutureRevision.</summary>
    public StoreError Scan(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> to, Revision at, out IEnumerable<KeyValue> kvs)
    {
        var error = RangeReader.CheckRevision(_roots, at);
        kvs = error == StoreError.None ? Scan(from, to, at.Value <= 0 ? _roots.Revision : at.Value) : [];
        return error;
    }

    /// <summary>The lease, or null when unknown or ended.</summary>
    public LeaseView? FindLease(LeaseId lease)
    {
        if (!_roots.Leases.TryFind(new LeaseOrder(), lease.Value, out var found) || found.Deadline <= _roots.Stamp.Log) return null;
        var keys = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        var cursor = _roots.Attachments.Seek(new AttachmentOrder(), new AttachmentKey(lease.Value, default));
        while (cursor.TryNext(out var attached) && attached.Lease == lease.Value) keys.Add(attached.Key);
        return new LeaseView(lease, found.Seconds, found.Deadline, keys.DrainToImmutable());
    }

    /// <summary>All leases in id order.</summary>
    public ImmutableArray<LeaseId> Leases()
    {
        var leases = ImmutableArray.CreateBuilder<LeaseId>();
        var cursor = _roots.Leases.Start();
        while (cursor.TryNext(out var lease))
        {
            if (lease.Deadline > _roots.Stamp.Log) leases.Add(new LeaseId(lease.Id));
        }
        return leases.DrainToImmutable();
    }

    /// <summary>The revision at which the hidden counter was last bumped, or zero.</summary>
    public Revision Hidden(ReadOnlyMemory<byte> hidden) =>
        new(_roots.Hidden.TryFind(new HiddenOrder(), new HiddenKey(hidden.Span), out var counter) ? counter.BumpedAt : 0);

    /// <summary>The record beside the key space, or null: its version, and its value.</summary>
    public (long Version, ReadOnlyMemory<byte> Value)? Record(ReadOnlyMemory<byte> name) =>
        _roots.Records.TryFind(new SideRecordOrder(), new HiddenKey(name.Span), out var record) ? (record.Version, record.Value) : null;

    /// <summary>The records beside the key space whose names begin so, in order of their names.</summary>
    public IEnumerable<(ReadOnlyMemory<byte> Name, long Version, ReadOnlyMemory<byte> Value)> Records(ReadOnlyMemory<byte> prefix)
    {
        var cursor = _roots.Records.Seek(new SideRecordOrder(), new HiddenKey(prefix.Span));
        while (cursor.TryNext(out var record) && record.Name.AsSpan().StartsWith(prefix.Span)) yield return (record.Name, record.Version, record.Value);
    }

    /// <summary>
    /// The revision that was current at that wall time. Errors: Compacted when history does not reach back so far. A time to come answers
    /// with the newest revision.
    /// </summary>
    public StoreError RevisionAt(WallTime time, out Revision revision)
    {
        revision = Revision;
        if (!_roots.Stamps.TryCeiling(new WallTimeOrder(), time, out var next)) return StoreError.None;
        revision = new Revision(next.Revision - 1);
        return revision.Value < _roots.CompactedAt ? StoreError.Compacted : StoreError.None;
    }

    /// <summary>When a kept revision was made, or null when it was compacted, is to come, or made nothing (the first).</summary>
    public Stamp? StampOf(Revision revision) =>
        revision.Value >= _roots.CompactedAt && _roots.Stamps.TryFind(new RevisionStampOrder(), revision.Value, out var stamp) ? stamp.Stamp : null;

    /// <summary>The oldest revision that can still be read.</summary>
    public Revision OldestKept => new(Math.Max(_roots.CompactedAt, Revision.Empty.Value));

    /// <summary>Every kept version of a key, and its deletions, newest first. Lazy.</summary>
    public IEnumerable<KeyVersion> Versions(ReadOnlyMemory<byte> key) => KeyVersions.Read(_roots, key);

    /// <summary>
    /// Lazily walks the keys of a range (as <see cref="RangeQuery"/> writes it) that differ in value or lease between two kept revisions; zero means the
    /// newest. Errors: EmptyKey, Compacted, FutureRevision.
    /// </summary>
    public StoreError Differences(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> rangeEnd, Revision from, Revision to, out IEnumerable<KeyDifference> differences)
    {
        var error = key.IsEmpty ? StoreError.EmptyKey : RangeReader.CheckRevision(_roots, from);
        if (error == StoreError.None) error = RangeReader.CheckRevision(_roots, to);
        differences = error == StoreError.None ? DifferenceCursor.Walk(_roots, key, rangeEnd, from.Value, to.Value) : [];
        return error;
    }

    /// <summary>
    /// What applying the command to this state would come to, and the differences it would undo; by the same code. Nothing changes. Of use before the
    /// proposal, to tell the caller; what decides is apply.
    /// </summary>
    public StoreError Restore(RestoreCommand command, out RestoreResult? result)
    {
        var error = RestorePlan.Make(_roots, command, out var plan);
        result = error == StoreError.None ? plan!.Result : null;
        return error;
    }

    /// <summary>Lazily walks all changes from a revision on. Errors: Compacted.</summary>
    public StoreError History(Revision from, out IEnumerable<RevisionChanges> changes)
    {
        var compacted = from.Value < _roots.CompactedAt;
        changes = compacted ? [] : History(from.Value);
        return compacted ? StoreError.Compacted : StoreError.None;
    }

    /// <summary>A hash over all keys as a reader at the revision sees them: equal on all members. Errors: Compacted, FutureRevision.</summary>
    public StoreError Hash(Revision at, out uint hash)
    {
        hash = 0;
        var error = RangeReader.CheckRevision(_roots, at);
        if (error != StoreError.None) return error;
        var cursor = new VisibleCursor(_roots, default, at.Value <= 0 ? _roots.Revision : at.Value, _roots.Revision);
        ulong state = 0;
        while (cursor.TryNext(out var reference)) state = StableHash.Mix(state, StableHash.Of(cursor.Open(reference)));
        hash = (uint)(state ^ (state >> 32));
        return StoreError.None;
    }

    /// <summary>
    /// The whole state, history included, in chunks of about <see cref="StoreLimits.ExportChunkBytes"/>. Lazy: may be read from any thread
    /// while writes go on. The same state gives the same chunks. A chunk is good until the next is asked for: they share their memory.
    /// </summary>
    public IEnumerable<ReadOnlyMemory<byte>> Export() => StateExport.Chunks(_roots);

    /// <summary>False: the writer has taken the state back, there is or will be a newer one.</summary>
    internal bool TryHold() => Volatile.Read(ref _hold) == Held || Interlocked.CompareExchange(ref _hold, Held, Fresh) != Retired;

    /// <summary>True: no reader holds it, nor ever will.</summary>
    internal bool Retire() => Interlocked.CompareExchange(ref _hold, Retired, Fresh) != Held;

    private IEnumerable<KeyValue> Scan(ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> to, long at)
    {
        var cursor = new VisibleCursor(_roots, from.Span, at, _roots.Revision);
        while (cursor.TryNext(out var reference))
        {
            var kv = cursor.Open(reference).ToKeyValue();
            if (!to.IsEmpty && kv.Key.Span.SequenceCompareTo(to.Span) >= 0) yield break;
            yield return kv;
        }
    }

    private IEnumerable<RevisionChanges> History(long from)
    {
        var cursor = _roots.Changes.Seek(new ChangeOrder(), new ChangePosition(from, 0));
        var events = ImmutableArray.CreateBuilder<StoreEvent>();
        while (cursor.TryNext(out var change))
        {
            if (HistoryReader.ToEvent(_roots.Slabs, change) is { } made) events.Add(made);
            if (cursor.TryPeek(out var next) && next.At.Revision == change.At.Revision || events.Count == 0) continue;
            var revision = change.At.Revision;
            yield return new RevisionChanges(new Revision(revision), HistoryReader.StampOf(_roots, revision), events.DrainToImmutable());
        }
    }
}

/// <summary>A lease as a snapshot shows it.</summary>
/// <param name="Deadline">Log time at which it ends unless renewed.</param>
/// <param name="Keys">Keys attached to it, in key order.</param>
public sealed record LeaseView(LeaseId Lease, long GrantedSeconds, LogTime Deadline, ImmutableArray<ReadOnlyMemory<byte>> Keys);
