using System.Buffers;
using Hive.Store.Memory;
using Hive.Store.State;
using Hive.Store.Wire;

namespace Hive.Store.Transfer;

/// <summary>Writes one immutable state as chunks.</summary>
internal static class StateExport
{
    public static IEnumerable<ReadOnlyMemory<byte>> Chunks(StoreRoots roots)
    {
        var output = new ArrayBufferWriter<byte>();
        long items = 0;
        foreach (var _ in Items(roots, output))
        {
            items++;
            if (output.WrittenCount < StoreLimits.ExportChunkBytes) continue;
            yield return output.WrittenSpan.ToArray();
            output.ResetWrittenCount();
        }
        WriteTrailer(new WireWriter(output), roots, items);
        yield return output.WrittenSpan.ToArray();
    }

    /// <summary>Writes item after item; answers once for each.</summary>
    private static IEnumerable<bool> Items(StoreRoots roots, ArrayBufferWriter<byte> output)
    {
        WriteHeader(new WireWriter(output), roots);
        yield return true;
        for (var cursor = roots.Live.Start(); cursor.TryNext(out var reference);)
        {
            WriteRecord(new WireWriter(output), StateFormat.Live, RecordHeap.Open(roots.Slabs, reference));
            yield return true;
        }
        for (var cursor = roots.Past.Start(); cursor.TryNext(out var reference);)
        {
            WriteRecord(new WireWriter(output), StateFormat.Past, RecordHeap.Open(roots.Slabs, reference));
            yield return true;
        }
        for (var cursor = roots.Stamps.Start(); cursor.TryNext(out var stamp);)
        {
            WriteStamp(new WireWriter(output), stamp);
            yield return true;
        }
        // Changes that came to something are known from their records; the others are listed, since upkeep counts them.
        for (var cursor = roots.Changes.Start(); cursor.TryNext(out var change);)
        {
            if (change.Put != 0 || change.Previous != 0) continue;
            WriteNothing(new WireWriter(output), change.At);
            yield return true;
        }
        for (var cursor = roots.Leases.Start(); cursor.TryNext(out var lease);)
        {
            WriteLease(new WireWriter(output), lease);
            yield return true;
        }
        for (var cursor = roots.Hidden.Start(); cursor.TryNext(out var counter);)
        {
            WriteHidden(new WireWriter(output), counter);
            yield return true;
        }
        for (var cursor = roots.Records.Start(); cursor.TryNext(out var record);)
        {
            WriteSideRecord(new WireWriter(output), record);
            yield return true;
        }
        for (var cursor = roots.RequestTurns.Start(); cursor.TryNext(out var turn);)
        {
            var found = roots.Requests.TryFind(new RequestOrder(), turn.Id, out var request);
            Invariant.Check(found);
            WriteRequest(new WireWriter(output), request);
            yield return true;
        }
    }

    private static void WriteHeader(WireWriter writer, in StoreRoots roots)
    {
        var first = roots.Changes.TryFirst(out var change) ? change.At : new ChangePosition(long.MaxValue, 0);
        writer.Byte(StateFormat.Header);
        writer.Unsigned(StateFormat.Version);
        writer.Unsigned(roots.AppliedIndex.Value);
        writer.Unsigned(roots.AppliedTerm.Value);
        WriteStamp(writer, roots.Stamp);
        writer.Signed(roots.Revision);
        writer.Signed(roots.CompactedAt);
        writer.Signed(roots.Retention.Age.Ticks);
        writer.Signed(roots.Retention.PercentOfLive);
        writer.Signed(roots.Retention.FreeBytes);
        writer.Signed(roots.NextTurn);
        writer.Signed(roots.UpkeepOwed);
        writer.Signed(first.Revision);
        writer.Signed(first.Position);
    }

    private static void WriteRecord(WireWriter writer, byte tag, Record record)
    {
        writer.Byte(tag);
        writer.Signed(record.Mod);
        writer.Signed(record.Create);
        writer.Signed(record.Version);
        writer.Signed(record.Lease);
        writer.Signed(record.PutPosition);
        writer.Bytes(record.Key);
        writer.Bytes(record.Value);
        if (tag == StateFormat.Live) return;
        writer.Signed(record.Superseded);
        writer.Signed(record.SupersededPosition);
    }

    private static void WriteStamp(WireWriter writer, RevisionStamp stamp)
    {
        writer.Byte(StateFormat.Stamp);
        writer.Signed(stamp.Revision);
        WriteStamp(writer, stamp.Stamp);
    }

    private static void WriteStamp(WireWriter writer, Stamp stamp)
    {
        writer.Signed(stamp.Log.Ticks);
        writer.Signed(stamp.Wall.Ticks);
    }

    private static void WriteNothing(WireWriter writer, ChangePosition at)
    {
        writer.Byte(StateFormat.Nothing);
        writer.Signed(at.Revision);
        writer.Signed(at.Position);
    }

    private static void WriteLease(WireWriter writer, Lease lease)
    {
        writer.Byte(StateFormat.Lease);
        writer.Signed(lease.Id);
        writer.Signed(lease.Seconds);
        writer.Signed(lease.Deadline.Ticks);
    }

    private static void WriteHidden(WireWriter writer, HiddenCounter counter)
    {
        writer.Byte(StateFormat.Hidden);
        writer.Bytes(counter.Key);
        writer.Signed(counter.BumpedAt);
    }

    private static void WriteSideRecord(WireWriter writer, SideRecord record)
    {
        writer.Byte(StateFormat.Record);
        writer.Bytes(record.Name);
        writer.Signed(record.Version);
        writer.Bytes(record.Value);
    }

    private static void WriteRequest(WireWriter writer, RememberedRequest request)
    {
        writer.Byte(StateFormat.Request);
        writer.Fixed64((ulong)request.Id);
        writer.Fixed64((ulong)(request.Id >> 64));
        writer.Signed(request.Turn);
        writer.Signed(request.At.Ticks);
        writer.Signed(request.Revision);
        writer.Byte((byte)request.Error);
        writer.Bytes(request.Answer);
    }

    private static void WriteTrailer(WireWriter writer, in StoreRoots roots, long items)
    {
        writer.Byte(StateFormat.Trailer);
        writer.Signed(items);
        writer.Signed(roots.LiveBytes);
        writer.Signed(roots.HistoryBytes);
        writer.Fixed64(roots.Digest.Value);
    }
}
