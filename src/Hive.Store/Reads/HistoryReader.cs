using System.Collections.Immutable;
using Hive.Store.Memory;
using Hive.Store.State;

namespace Hive.Store.Reads;

/// <summary>Reads changes back in the order in which they were made.</summary>
internal static class HistoryReader
{
    /// <summary>Everything that the revision changed. Empty when it changed no key (only hidden counters).</summary>
    public static RevisionChanges Read(in StoreRoots roots, long revision, Stamp stamp)
    {
        var cursor = roots.Changes.Seek(new ChangeOrder(), new ChangePosition(revision, 0));
        var events = ImmutableArray.CreateBuilder<StoreEvent>();
        while (cursor.TryNext(out var change) && change.At.Revision == revision)
        {
            if (ToEvent(roots.Slabs, change) is { } made) events.Add(made);
        }
        return new RevisionChanges(new Revision(revision), stamp, events.DrainToImmutable());
    }

    /// <summary>Null for a key that was created and deleted in one revision.</summary>
    public static StoreEvent? ToEvent(byte[]?[] slabs, in Change change)
    {
        if (change.Put == 0 && change.Previous == 0) return null;
        var previous = change.Previous == 0 ? null : RecordHeap.Open(slabs, change.Previous).ToKeyValue();
        if (change.Put != 0) return new StoreEvent(StoreEventKind.Put, RecordHeap.Open(slabs, change.Put).ToKeyValue(), previous);
        var deleted = new KeyValue(previous!.Key, default, Revision.Zero, new Revision(change.At.Revision), 0, LeaseId.None);
        return new StoreEvent(StoreEventKind.Delete, deleted, previous);
    }

    /// <summary>The key that a change is about; empty for a change that came to nothing.</summary>
    public static ReadOnlySpan<byte> KeyOf(byte[]?[] slabs, in Change change)
    {
        var record = change.Put != 0 ? change.Put : change.Previous;
        return record == 0 ? default : RecordHeap.Open(slabs, record).Key;
    }

    public static Stamp StampOf(in StoreRoots roots, long revision) =>
        roots.Stamps.TryFind(new RevisionStampOrder(), revision, out var stamp) ? stamp.Stamp : roots.Stamp;
}
