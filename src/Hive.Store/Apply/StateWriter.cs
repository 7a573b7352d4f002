using Hive.Store.Memory;
using Hive.Store.Reads;
using Hive.Store.State;

namespace Hive.Store.Apply;

/// <summary>
/// The one who changes the state: puts, deletes, leases and hidden counters, gathered into one revision until <see cref="Commit"/>.
/// Knows nothing of commands; every precondition was checked before.
/// </summary>
internal sealed class StateWriter
{
    private StoreRoots _roots = StoreRoots.Empty;
    private int _changes;
    private bool _bumped;

    public StateWriter() => _roots.Slabs = Heap.Slabs;

    public RecordHeap Heap { get; } = new();

    /// <summary>Nodes made under this number may be changed in place; it moves on when a reader holds what was made so far.</summary>
    public long Edit { get; private set; } = 1;

    /// <summary>The state, with the changes of the revision being made.</summary>
    public ref StoreRoots Roots => ref _roots;

    /// <summary>The revision being made, if anything is.</summary>
    public long Next => _roots.Revision + 1;

    /// <summary>The revision that a reader inside the transaction sees.</summary>
    public long ReadRevision => HasChanges ? Next : _roots.Revision;

    public bool HasChanges => _changes > 0 || _bumped;

    public LogTime Now => _roots.Stamp.Log;

    /// <summary>What the last entry wrote and freed: what upkeep must keep up with.</summary>
    public long ChangedBytes { get; set; }
    public int ChangedCount { get; set; }

    /// <summary>A known bug that is switched on; tests only.</summary>
    public StoreMutant Mutant { get; set; }

    /// <summary>From now on what was made so far is shared with readers.</summary>
    public void Share() => Edit++;

    public bool TryFind(ReadOnlySpan<byte> key, out ulong reference) => _roots.Live.TryFind(new LiveOrder(Heap.Slabs), new VersionKey(key), out reference);

    /// <summary>Writes the key. Answers with the version that was live before, or 0.</summary>
    public ulong Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long lease)
    {
        var reference = Heap.Allocate(Edit, Record.SizeOf(key.Length, value.Length));
        _roots.Slabs = Heap.Slabs;
        var record = Heap.Open(reference);
        var existed = TryFind(key, out var before);
        var old = existed ? Heap.Open(before) : default;
        var oldLease = existed ? old.Lease : 0;
        if (!existed)
        {
            var position = RevivedPosition(key, out var ended);
            record.Write(Next, Next, 1, lease, position, key, value);
            SetChange(position, reference, ended);
        }
        else
        {
            var again = old.Mod == Next;
            var position = again ? old.PutPosition : _changes++;
            record.Write(Next, old.Create, old.Version + 1, lease, position, key, value);
            SetChange(position, reference, again ? ChangeAt(position).Previous : before);
        }
        _roots.Live.Upsert(Edit, new LiveOrder(Heap.Slabs), new VersionKey(key), reference, out _);
        _roots.LiveDigest += StableHash.Of(record);
        _roots.LiveBytes += record.Weight;
        ChangedBytes += record.Size;
        if (existed) Retire(before, old, record.PutPosition);
        if (oldLease != lease)
        {
            Detach(oldLease, key);
            Attach(lease, key);
        }
        return before;
    }

    /// <summary>Deletes the key of a live record.</summary>
    public void Delete(ulong reference)
    {
        var record = Heap.Open(reference);
        var removed = _roots.Live.Remove(Edit, new LiveOrder(Heap.Slabs), new VersionKey(record.Key), out var found);
        Invariant.Check(removed && found == reference);
        var again = record.Mod == Next;
        var position = again ? record.PutPosition : _changes++;
        SetChange(position, 0, again ? ChangeAt(position).Previous : reference);
        Detach(record.Lease, record.Key);
        Retire(reference, record, position);
    }

    /// <summary>Moves the hidden counter to the revision being made.</summary>
    public void Bump(ReadOnlySpan<byte> hidden)
    {
        var found = _roots.Hidden.TryFind(new HiddenOrder(), new HiddenKey(hidden), out var before);
        if (found) _roots.HiddenDigest -= before.Digest;
        var counter = new HiddenCounter(found ? before.Key : hidden.ToArray(), Next);
        _roots.Hidden.Upsert(Edit, new HiddenOrder(), new HiddenKey(hidden), counter, out _);
        _roots.HiddenDigest += counter.Digest;
        _bumped = true;
    }

    /// <summary>Writes a record beside the key space; an empty value removes it.</summary>
    public void SetRecord(SideRecord record)
    {
        var key = new HiddenKey(record.Name);
        if (_roots.Records.TryFind(new SideRecordOrder(), key, out var before)) _roots.RecordDigest -= before.Digest;
        if (record.Value.Length == 0)
        {
            _roots.Records.Remove(Edit, new SideRecordOrder(), key, out _);
            return;
        }
        _roots.Records.Upsert(Edit, new SideRecordOrder(), key, record, out _);
        _roots.RecordDigest += record.Digest;
    }

    /// <summary>The revision being made is this one, above the next; it changes nothing, and what was before it is compacted.</summary>
    public void AdvanceTo(long revision)
    {
        Invariant.Check(!HasChanges && revision > _roots.Revision, $"to {revision} from {_roots.Revision}");
        _roots.Revision = revision - 1;
        _roots.CompactedAt = revision;
        _bumped = true;
    }

    /// <summary>Ends the revision being made, if anything changed. True: the store's revision moved.</summary>
    public bool Commit()
    {
        if (!HasChanges) return false;
        _roots.Revision = Next;
        _roots.Stamps.Upsert(Edit, new RevisionStampOrder(), _roots.Revision, new RevisionStamp(_roots.Revision, _roots.Stamp), out _);
        ChangedCount += _changes;
        _changes = 0;
        _bumped = false;
        return true;
    }

    public bool TryFindLease(long lease, out Lease found) =>
        _roots.Leases.TryFind(new LeaseOrder(), lease, out found) && found.Deadline > Now;

    /// <summary>Grants, or renews, a lease.</summary>
    public void SetLease(Lease lease)
    {
        if (_roots.Leases.Upsert(Edit, new LeaseOrder(), lease.Id, lease, out var before)) Forget(before);
        _roots.LeaseDigest += lease.Digest;
        var deadline = new LeaseDeadline(lease.Deadline, lease.Id);
        _roots.Deadlines.Upsert(Edit, new LeaseDeadlineOrder(), deadline, deadline, out _);
    }

    /// <summary>Ends a lease and deletes the keys that live by it.</summary>
    public void EndLease(long lease)
    {
        var existed = _roots.Leases.Remove(Edit, new LeaseOrder(), lease, out var ended);
        Invariant.Check(existed);
        Forget(ended);
        while (_roots.Attachments.TryCeiling(new AttachmentOrder(), new AttachmentKey(lease, default), out var attached) && attached.Lease == lease)
        {
            var live = TryFind(attached.Key, out var reference);
            Invariant.Check(live, $"lease {lease} holds a key that does not exist");
            Delete(reference);
        }
    }

    /// <summary>Frees a record that nothing reaches any more.</summary>
    public void Free(ulong reference)
    {
        ChangedBytes += Heap.Open(reference).Size;
        Heap.Free(Edit, reference);
        _roots.Slabs = Heap.Slabs;
    }

    private void Forget(Lease lease)
    {
        _roots.LeaseDigest -= lease.Digest;
        _roots.Deadlines.Remove(Edit, new LeaseDeadlineOrder(), new LeaseDeadline(lease.Deadline, lease.Id), out _);
    }

    /// <summary>The version is not the live one any more: it becomes history, or nothing when it was made by the same revision.</summary>
    private void Retire(ulong reference, Record record, int position)
    {
        _roots.LiveDigest -= StableHash.Of(record);
        _roots.LiveBytes -= record.Weight;
        if (record.Mod == Next)
        {
            Free(reference);
            return;
        }
        record.Supersede(Next, position);
        _roots.Past.Upsert(Edit, new PastOrder(Heap.Slabs), new VersionKey(record.Key, record.Mod), reference, out _);
        _roots.HistoryBytes += record.Weight;
    }

    /// <summary>A key that this very revision deleted and now puts again is one change, not two: watchers see a key once in a revision.</summary>
    private int RevivedPosition(ReadOnlySpan<byte> key, out ulong ended)
    {
        if (_changes > 0
            && _roots.Past.TryCeiling(new PastOrder(Heap.Slabs), new VersionKey(key, Next), out ended)
            && Heap.Open(ended) is var record && record.Superseded == Next && record.Key.SequenceEqual(key))
        {
            return record.SupersededPosition;
        }
        ended = 0;
        return _changes++;
    }

    private Change ChangeAt(int position)
    {
        var found = _roots.Changes.TryFind(new ChangeOrder(), new ChangePosition(Next, position), out var change);
        Invariant.Check(found);
        return change;
    }

    private void SetChange(int position, ulong put, ulong previous)
    {
        var at = new ChangePosition(Next, position);
        _roots.Changes.Upsert(Edit, new ChangeOrder(), at, new Change(at, put, previous), out _);
    }

    internal void Attach(long lease, ReadOnlySpan<byte> key)
    {
        if (lease == 0) return;
        _roots.Attachments.Upsert(Edit, new AttachmentOrder(), new AttachmentKey(lease, key), new Attachment(lease, key.ToArray()), out _);
    }

    private void Detach(long lease, ReadOnlySpan<byte> key)
    {
        if (lease == 0) return;
        var attached = _roots.Attachments.Remove(Edit, new AttachmentOrder(), new AttachmentKey(lease, key), out _);
        Invariant.Check(attached);
    }
}
