using Hive.Store.Memory;
using Hive.Store.State;

namespace Hive.Store.Reads;

/// <summary>A key that is not the same at two revisions.</summary>
/// <param name="Before">As the first revision shows it; null when it was not there.</param>
/// <param name="After">As the second shows it; null when it is not there.</param>
public sealed record KeyDifference(KeyValue? Before, KeyValue? After);

/// <summary>Walks a range at two revisions side by side and stops where the versions seen are different ones. Memory bounded whatever the range.</summary>
internal sealed class DifferenceCursor
{
    private readonly VisibleCursor _before;
    private readonly VisibleCursor _after;
    private ulong _nextBefore;
    private ulong _nextAfter;
    private bool _started;

    public DifferenceCursor(in StoreRoots roots, ReadOnlySpan<byte> start, long from, long to)
    {
        var newest = roots.Revision;
        _before = new VisibleCursor(roots, start, from <= 0 ? newest : from, newest);
        _after = new VisibleCursor(roots, start, to <= 0 ? newest : to, newest);
    }

    /// <summary>The next key whose versions differ; a reference is 0 where the key is absent.</summary>
    public bool TryNext(KeyRange range, out ulong before, out ulong after)
    {
        if (!_started)
        {
            _started = true;
            StepBefore(range);
            StepAfter(range);
        }
        while (_nextBefore != 0 || _nextAfter != 0)
        {
            var standing = _nextBefore == 0 ? 1 : _nextAfter == 0 ? -1 : _before.Open(_nextBefore).Key.SequenceCompareTo(_after.Open(_nextAfter).Key);
            (before, after) = (standing <= 0 ? _nextBefore : 0, standing >= 0 ? _nextAfter : 0);
            if (standing <= 0) StepBefore(range);
            if (standing >= 0) StepAfter(range);
            if (before != after) return true;
        }
        (before, after) = (0, 0);
        return false;
    }

    /// <summary>Whether two versions differ in what a reader cares for, and not only in when they were written.</summary>
    public static bool InContent(byte[]?[] slabs, ulong before, ulong after)
    {
        if (before == 0 || after == 0) return before != after;
        Record left = RecordHeap.Open(slabs, before), right = RecordHeap.Open(slabs, after);
        return left.Lease != right.Lease || !left.Value.SequenceEqual(right.Value);
    }

    public static IEnumerable<KeyDifference> Walk(StoreRoots roots, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> rangeEnd, long from, long to)
    {
        var cursor = new DifferenceCursor(roots, new KeyRange(key.Span, rangeEnd.Span).Start, from, to);
        while (cursor.TryNext(new KeyRange(key.Span, rangeEnd.Span), out var before, out var after))
        {
            if (InContent(roots.Slabs, before, after)) yield return new KeyDifference(Pair(roots.Slabs, before), Pair(roots.Slabs, after));
        }
    }

    private static KeyValue? Pair(byte[]?[] slabs, ulong reference) => reference == 0 ? null : RecordHeap.Open(slabs, reference).ToKeyValue();

    private void StepBefore(KeyRange range) =>
        _nextBefore = _before.TryNext(out var next) && range.Reaches(_before.Open(next).Key) ? next : 0;

    private void StepAfter(KeyRange range) =>
        _nextAfter = _after.TryNext(out var next) && range.Reaches(_after.Open(next).Key) ? next : 0;
}
