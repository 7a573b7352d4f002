using System.Diagnostics.CodeAnalysis;
using Hive.Store.State;

namespace Hive.Store.Watch;

/// <summary>Finds the groups that an event concerns: by the key itself, and by the ranges that contain it. Guarded by the hub.</summary>
internal sealed class WatchIndex
{
    private readonly Dictionary<ReadOnlyMemory<byte>, List<WatchGroup>> _exact = new(KeyEquality.Instance);
    private readonly Dictionary<ReadOnlyMemory<byte>, List<WatchGroup>>.AlternateLookup<ReadOnlySpan<byte>> _exactBySpan;
    private readonly RangeIndex _ranges = new();
    private readonly LinkedList<WatchGroup> _all = new();
    private readonly List<List<WatchGroup>> _found = [];

    public WatchIndex() => _exactBySpan = _exact.GetAlternateLookup<ReadOnlySpan<byte>>();

    public WatchGroup GetOrAdd(WatchQuery query, long coveredFrom)
    {
        var groups = GroupsOf(query);
        foreach (var known in groups)
        {
            if (known.HasFilters(query.NoPut, query.NoDelete)) return known;
        }
        var group = new WatchGroup(query.Key.ToArray(), query.RangeEnd.ToArray(), query.NoPut, query.NoDelete, coveredFrom);
        group.Listed = _all.AddLast(group);
        groups.Add(group);
        return group;
    }

    public void Remove(WatchGroup group)
    {
        _all.Remove(group.Listed!);
        var range = new KeyRange(group.Key.Span, group.RangeEnd.Span);
        if (range.IsSingle)
        {
            var groups = _exactBySpan[group.Key.Span];
            groups.Remove(group);
            if (groups.Count == 0) _exactBySpan.Remove(group.Key.Span);
            return;
        }
        var ranged = _ranges.GetOrAdd(group.Key, EndOf(group.RangeEnd));
        ranged.Remove(group);
        if (ranged.Count == 0) _ranges.Remove(group.Key, EndOf(group.RangeEnd));
    }

    public void Notify(StoreEvent change, long revision, List<Watcher> wake)
    {
        var key = change.Kv.Key.Span;
        if (_exactBySpan.TryGetValue(key, out var exact)) Notify(exact, change.Kind, revision, wake);
        if (_ranges.IsEmpty) return;
        _found.Clear();
        _ranges.Find(key, _found);
        foreach (var groups in _found) Notify(groups, change.Kind, revision, wake);
    }

    public void ResetAll(long coveredFrom, List<Watcher> wake)
    {
        foreach (var group in _all) group.Reset(coveredFrom, wake);
    }

    private static void Notify(List<WatchGroup> groups, StoreEventKind kind, long revision, List<Watcher> wake)
    {
        foreach (var group in groups)
        {
            if (group.Accepts(kind)) group.Notify(revision, wake);
        }
    }

    private List<WatchGroup> GroupsOf(WatchQuery query)
    {
        if (!query.RangeEnd.IsEmpty) return _ranges.GetOrAdd(query.Key, EndOf(query.RangeEnd));
        if (!_exactBySpan.TryGetValue(query.Key.Span, out var groups))
        {
            groups = [];
            _exact.Add(query.Key.ToArray(), groups);
        }
        return groups;
    }

    /// <summary>Null: no end.</summary>
    private static byte[]? EndOf(ReadOnlyMemory<byte> rangeEnd) => rangeEnd.Span is [0] ? null : rangeEnd.ToArray();

    /// <summary>Byte strings as dictionary keys. The dictionary is only ever looked up in, never walked.</summary>
    private sealed class KeyEquality : IEqualityComparer<ReadOnlyMemory<byte>>, IAlternateEqualityComparer<ReadOnlySpan<byte>, ReadOnlyMemory<byte>>
    {
        public static readonly KeyEquality Instance = new();

        public bool Equals(ReadOnlyMemory<byte> left, ReadOnlyMemory<byte> right) => left.Span.SequenceEqual(right.Span);
        public int GetHashCode([DisallowNull] ReadOnlyMemory<byte> key) => GetHashCode(key.Span);
        public bool Equals(ReadOnlySpan<byte> alternate, ReadOnlyMemory<byte> other) => alternate.SequenceEqual(other.Span);
        public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)StableHash.Of(alternate, 0);
        public ReadOnlyMemory<byte> Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
