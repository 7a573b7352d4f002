using Hive.Store.Memory;
using Hive.Store.State;
using Hive.Store.Trees;

namespace Hive.Store.Reads;

/// <summary>
/// Walks the keys of a range in order, giving for each the version that a reader at a revision sees. At the newest revision that is the
/// tree of live versions alone; below it the live and the superseded versions are merged.
/// </summary>
internal sealed class VisibleCursor
{
    // After so many versions of one key a new descent is cheaper than going on step by step.
    private const int StepsBeforeSeek = 8;

    private readonly byte[]?[] _slabs;
    private readonly long _at;
    private readonly TreeCursor<ulong, VersionSeparator> _live;
    private readonly TreeCursor<ulong, VersionSeparator>? _past;

    public VisibleCursor(in StoreRoots roots, ReadOnlySpan<byte> from, long at, long newest)
        : this(roots.Slabs, roots.Live, roots.Past, from, at, newest)
    {
    }

    public VisibleCursor(
        byte[]?[] slabs, in Tree<ulong, VersionSeparator> live, in Tree<ulong, VersionSeparator> past, ReadOnlySpan<byte> from, long at, long newest)
    {
        _slabs = slabs;
        _at = at;
        _live = live.Seek(new LiveOrder(_slabs), new VersionKey(from));
        if (at < newest) _past = past.Seek(new PastOrder(_slabs), new VersionKey(from, long.MaxValue));
    }

    public Record Open(ulong reference) => RecordHeap.Open(_slabs, reference);

    public bool TryNext(out ulong reference)
    {
        if (_past is null) return _live.TryNext(out reference);
        while (true)
        {
            var hasLive = _live.TryPeek(out var live);
            var hasPast = _past.TryPeek(out var past);
            if (!hasLive && !hasPast)
            {
                reference = 0;
                return false;
            }
            var standing = !hasPast ? -1 : !hasLive ? 1 : Open(live).Key.SequenceCompareTo(Open(past).Key);
            var seen = 0UL;
            if (standing >= 0) seen = VisiblePast(past);
            if (standing <= 0)
            {
                _live.TryNext(out _);
                if (Open(live).Mod <= _at) seen = live;
            }
            if (seen == 0) continue;
            reference = seen;
            return true;
        }
    }

    /// <summary>The superseded version of this key that is seen, or 0; goes past all versions of the key.</summary>
    private ulong VisiblePast(ulong first)
    {
        var key = Open(first).Key;
        var seen = 0UL;
        for (var steps = 0; _past!.TryPeek(out var reference) && Open(reference).Key.SequenceEqual(key); steps++)
        {
            var record = Open(reference);
            if (record.Mod <= _at)
            {
                // Versions come newest first: this is the only one that can be seen.
                var superseded = record.Superseded;
                if (superseded == 0 || superseded > _at) seen = reference;
                _past.Seek(new PastOrder(_slabs), new VersionKey(key, long.MinValue));
                return seen;
            }
            if (steps == StepsBeforeSeek) _past.Seek(new PastOrder(_slabs), new VersionKey(key, _at));
            else _past.TryNext(out _);
        }
        return seen;
    }
}
