using System.Buffers;
using Hive.Store.Memory;
using Hive.Store.State;
using Hive.Store.Trees;
using Hive.Store.Wire;

namespace Hive.Store.Transfer;

/// <summary>Writes one immutable state as chunks, all in the same memory: a copy of each would be garbage of the size of the state, which the collector lets lie for long.</summary>
internal static class StateExport
{
    // Of a record: five or seven numbers, and two lengths.
    private const int MostNumbers = 9;

    public static IEnumerable<ReadOnlyMemory<byte>> Chunks(StoreRoots roots)
    {
        var output = new ArrayBufferWriter<byte>();
        long items = 0;
        foreach (var written in Items(roots, output))
        {
            items += written;
            if (output.WrittenCount < StoreLimits.ExportChunkBytes) continue;
            yield return output.WrittenMemory;
            output.ResetWrittenCount();
        }
        WriteTrailer(new WireWriter(output), roots, items);
        yield return output.WrittenMemory;
    }

    /// <summary>Writes item after item; answers now and then, at the latest when a chunk is full, with how many more it wrote.</summary>
    private static IEnumerable<int> Items(StoreRoots roots, ArrayBufferWriter<byte> output)
    {
        WriteHeader(new WireWriter(output), roots);
        yield return 1;
        var live = roots.Live.Start();
        for (int written; (written = WriteRecords(output, StateFormat.Live, roots.Slabs, live)) > 0;) yield return written;
        var past = roots.Past.Start();
        for (int written; (written = WriteRecords(output, StateFormat.Past, roots.Slabs, past)) > 0;) yield return written;
        for (var cursor = roots.Stamps.Start(); cursor.TryNext(out var stamp);)
        {
            WriteStamp(new WireWriter(output), stamp);
            yield return 1;
        }
        // Changes that came to something are known from their records; the others are listed, since upkeep counts them.
        for (var cursor = roots.Changes.Start(); cursor.TryNext(out var change);)
        {
            if (change.Put != 0 || change.Previous != 0) continue;
            WriteNothing(new WireWriter(output), change.At);
            yield return 1;
        }
        for (var cursor = roots.Leases.Start(); cursor.TryNext(out var lease);)
        {
            WriteLease(new WireWriter(output), lease);
            yield return 1;
        }
        for (var cursor = roots.Hidden.Start(); cursor.TryNext(out var counter);)
        {
            WriteHidden(new WireWriter(output), counter);
            yield return 1;
        }
        for (var cursor = roots.Records.Start(); cursor.TryNext(out var record);)
        {
            WriteSideRecord(new WireWriter(output), record);
            yield return 1;
        }
        for (var cursor = roots.RequestTurns.Start(); cursor.TryNext(out var turn);)
        {
            var found = roots.Requests.TryFind(new RequestOrder(), turn.Id, out var request);
            Invariant.Check(found);
            WriteRequest(new WireWriter(output), request);
            yield return 1;
        }
    }

    private static void WriteHeader(WireWriter writer, in StoreRoots roots)
    {
        var first = roots.Changes.TryFirst(out var change) ? change.At : new ChangePosition(long.MaxValue, 0);
        writer.Byte(StateFormat.Header);
        writer.Unsigned(StateFormat.VersionFor(roots.Retention));
        writer.Unsigned(roots.AppliedIndex.Value);
        writer.Unsigned(roots.AppliedTerm.Value);
        WriteStamp(writer, roots.Stamp);
        writer.Signed(roots.Revision);
        writer.Signed(roots.CompactedAt);
        writer.Signed(roots.Retention.Age.Ticks);
        writer.Signed(roots.Retention.PercentOfLive);
        writer.Signed(roots.Retention.FreeBytes);
        if (StateFormat.VersionFor(roots.Retention) == StateFormat.Version) writer.Signed(roots.Retention.Revisions);
        writer.Signed(roots.NextTurn);
        writer.Signed(roots.UpkeepOwed);
        writer.Signed(first.Revision);
        writer.Signed(first.Position);
    }

    /// <summary>Until the chunk is full or there are no more. Answers with how many it wrote.</summary>
    private static int WriteRecords(ArrayBufferWriter<byte> output, byte tag, byte[]?[] slabs, TreeCursor<ulong, VersionSeparator> records)
    {
        var written = 0;
        for (; (written == 0 || output.WrittenCount < StoreLimits.ExportChunkBytes) && records.TryNext(out var reference); written++)
        {
            WriteRecord(output, tag, RecordHeap.Open(slabs, reference));
        }
        return written;
    }

    /// <summary>Nearly all of an export is records: written in one go, into room that was asked for once.</summary>
    private static void WriteRecord(ArrayBufferWriter<byte> output, byte tag, Record record)
    {
        ReadOnlySpan<byte> key = record.Key, value = record.Value;
        var room = new WireSpan(output.GetSpan(1 + MostNumbers * WireSpan.MaxVarint + key.Length + value.Length));
        room.Byte(tag);
        room.Signed(record.Mod);
        room.Signed(record.Create);
        room.Signed(record.Version);
        room.Signed(record.Lease);
        room.Signed(record.PutPosition);
        room.Bytes(key);
        room.Bytes(value);
        if (tag == StateFormat.Past)
        {
            room.Signed(record.Superseded);
            room.Signed(record.SupersededPosition);
        }
        output.Advance(room.Written);
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
