using Hive.Store.Memory;
using Hive.Store.State;

namespace Hive.Store.Reads;

/// <summary>One step in the life of a key.</summary>
/// <param name="Kv">After a put the pair as it was then; after a delete the key with only <see cref="KeyValue.ModRevision"/> set.</param>
/// <param name="Made">When; null when the revision itself is compacted and only its outcome is kept.</param>
public sealed record KeyVersion(StoreEventKind Kind, KeyValue Kv, Stamp? Made);

/// <summary>Reads the kept versions of one key, newest first.</summary>
internal static class KeyVersions
{
    public static IEnumerable<KeyVersion> Read(StoreRoots roots, ReadOnlyMemory<byte> key)
    {
        // Where the version told last began: an older one that ended there was overwritten, one that ended elsewhere was deleted.
        long next = 0;
        if (roots.Live.TryFind(new LiveOrder(roots.Slabs), new VersionKey(key.Span), out var live))
        {
            yield return Put(roots, live);
            next = RecordHeap.Open(roots.Slabs, live).Mod;
        }
        var past = roots.Past.Seek(new PastOrder(roots.Slabs), new VersionKey(key.Span, long.MaxValue));
        while (past.TryNext(out var reference) && RecordHeap.Open(roots.Slabs, reference).Key.SequenceEqual(key.Span))
        {
            var ended = RecordHeap.Open(roots.Slabs, reference).Superseded;
            if (ended != next && ended >= roots.CompactedAt) yield return Delete(roots, key, ended);
            // No kept revision shows it any more.
            if (ended <= roots.CompactedAt) yield break;
            yield return Put(roots, reference);
            next = RecordHeap.Open(roots.Slabs, reference).Mod;
        }
    }

    private static KeyVersion Put(in StoreRoots roots, ulong reference)
    {
        var kv = RecordHeap.Open(roots.Slabs, reference).ToKeyValue();
        return new KeyVersion(StoreEventKind.Put, kv, StampOf(roots, kv.ModRevision.Value));
    }

    private static KeyVersion Delete(in StoreRoots roots, ReadOnlyMemory<byte> key, long revision) => new(
        StoreEventKind.Delete, new KeyValue(key, default, Revision.Zero, new Revision(revision), 0, LeaseId.None), StampOf(roots, revision));

    private static Stamp? StampOf(in StoreRoots roots, long revision) =>
        roots.Stamps.TryFind(new RevisionStampOrder(), revision, out var stamp) ? stamp.Stamp : null;
}
