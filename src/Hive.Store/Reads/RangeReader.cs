using Hive.Store.Memory;
using Hive.Store.State;
using Hive.Store.Trees;

namespace Hive.Store.Reads;

/// <summary>etcd's Range over one state.</summary>
internal static class RangeReader
{
    /// <summary>What is wrong with the query itself, whatever the state.</summary>
    public static StoreError Check(RangeQuery query)
    {
        if (query.Key.IsEmpty) return StoreError.EmptyKey;
        return query.Order > SortOrder.Descend || query.Target > SortTarget.Value ? StoreError.InvalidSortOption : StoreError.None;
    }

    /// <summary>Whether the revision asked for is kept. One below zero never was, which is what etcd answers within a transaction.</summary>
    public static StoreError CheckRevision(in StoreRoots roots, Revision at)
    {
        if (at.Value > roots.Revision) return StoreError.FutureRevision;
        return at.Value != 0 && at.Value < roots.CompactedAt ? StoreError.Compacted : StoreError.None;
    }

    /// <summary>Opens a checked query. <paramref name="newest"/> is the revision that the live versions stand for.</summary>
    public static RangeRows Open(in StoreRoots roots, RangeQuery query, long newest)
    {
        var at = query.At.Value <= 0 ? newest : query.At.Value;
        var range = new KeyRange(query.Key.Span, query.RangeEnd.Span);
        if (range.IsSingle && at == newest) return OpenOne(roots, query);
        return !query.CountOnly && (IsSorted(query) || IsFiltered(query))
            ? OpenArranged(roots, query, range, at, newest)
            : new RangeRows(roots, query, at, newest);
    }

    private static RangeRows OpenOne(in StoreRoots roots, RangeQuery query)
    {
        if (!roots.Live.TryFind(new LiveOrder(roots.Slabs), new VersionKey(query.Key.Span), out var reference)) return new RangeRows(roots.Slabs, query, [], false, 0);
        var shown = !query.CountOnly && Passes(RecordHeap.Open(roots.Slabs, reference), query);
        return new RangeRows(roots.Slabs, query, shown ? [reference] : [], false, 1);
    }

    private static RangeRows OpenArranged(in StoreRoots roots, RangeQuery query, KeyRange range, long at, long newest)
    {
        var slabs = roots.Slabs;
        var cursor = new VisibleCursor(slabs, roots.Live, roots.Past, range.Start, at, newest);
        var references = new List<ulong>();
        // Who names a target and no order gets the first keys in order of the target, and not the first by the target: so etcd has it.
        var most = query is { Order: SortOrder.None, Limit: > 0 } && !IsFiltered(query) ? query.Limit : long.MaxValue;
        long count = 0;
        while (cursor.TryNext(out var reference) && cursor.Open(reference) is var record && range.Reaches(record.Key))
        {
            count++;
            if (references.Count <= most && Passes(record, query)) references.Add(reference);
        }
        if (IsSorted(query)) Arrange(slabs, references, query);
        var more = query.Limit > 0 && query.Limit < references.Count;
        if (more) references.RemoveRange((int)query.Limit, references.Count - (int)query.Limit);
        return new RangeRows(slabs, query, references, more, count);
    }

    /// <summary>Keys in the range at that revision.</summary>
    public static long Count(
        byte[]?[] slabs, in Tree<ulong, VersionSeparator> live, in Tree<ulong, VersionSeparator> past, KeyRange range, long at, long newest)
    {
        if (at == newest && !range.IsSingle)
        {
            var order = new LiveOrder(slabs);
            var end = range.IsOpen ? live.Count : live.Rank(order, new VersionKey(range.End));
            return Math.Max(0, end - live.Rank(order, new VersionKey(range.Start)));
        }
        var cursor = new VisibleCursor(slabs, live, past, range.Start, at, newest);
        long count = 0;
        while (cursor.TryNext(out var reference) && range.Reaches(cursor.Open(reference).Key)) count++;
        return count;
    }

    private static bool IsSorted(RangeQuery query) =>
        query.Target == SortTarget.Key ? query.Order == SortOrder.Descend : true;

    private static bool IsFiltered(RangeQuery query) =>
        query.MinModRevision != 0 || query.MaxModRevision != 0 || query.MinCreateRevision != 0 || query.MaxCreateRevision != 0;

    private static bool Passes(Record record, RangeQuery query) =>
        (query.MinModRevision == 0 || record.Mod >= query.MinModRevision)
        && (query.MaxModRevision == 0 || record.Mod <= query.MaxModRevision)
        && (query.MinCreateRevision == 0 || record.Create >= query.MinCreateRevision)
        && (query.MaxCreateRevision == 0 || record.Create <= query.MaxCreateRevision);

    /// <summary>Sorts what came in key order; equals stay in key order.</summary>
    private static void Arrange(byte[]?[] slabs, List<ulong> references, RangeQuery query)
    {
        var sign = query.Order == SortOrder.Descend ? -1 : 1;
        var target = query.Target;
        references.Sort((left, right) =>
        {
            Record a = RecordHeap.Open(slabs, left), b = RecordHeap.Open(slabs, right);
            var standing = sign * target switch
            {
                SortTarget.Version => a.Version.CompareTo(b.Version),
                SortTarget.Create => a.Create.CompareTo(b.Create),
                SortTarget.Mod => a.Mod.CompareTo(b.Mod),
                SortTarget.Value => a.Value.SequenceCompareTo(b.Value),
                _ => a.Key.SequenceCompareTo(b.Key),
            };
            return standing != 0 ? standing : a.Key.SequenceCompareTo(b.Key);
        });
    }
}
