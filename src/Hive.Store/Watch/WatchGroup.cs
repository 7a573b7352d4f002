using System.Collections.Immutable;
using Hive.Store.State;

namespace Hive.Store.Watch;

/// <summary>What a group knows about the revisions after a watcher's position.</summary>
internal enum WatchBacklog : byte { Nothing, Some, Shared, Behind }

/// <summary>
/// All watchers with one query. Knows the numbers of the revisions that match it, back to <see cref="_coveredFrom"/>; a watcher whose
/// position is before that reads history.
/// </summary>
internal sealed class WatchGroup(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> rangeEnd, bool noPut, bool noDelete, long coveredFrom)
{
    private const int FirstCapacity = 4;

    private readonly Lock _gate = new();
    private readonly LinkedList<Watcher> _waiting = new();
    private long[] _revisions = new long[FirstCapacity];
    private int _first;
    private int _count;
    private long _coveredFrom = coveredFrom;

    // What the last taker made of the backlog. Held weakly: an idle group must not keep slabs alive by what its last batch points into.
    private readonly WeakReference<WatchBatch?> _shared = new(null);
    private long _sharedAfter;
    private int _sharedMaxBytes;

    public ReadOnlyMemory<byte> Key { get; } = key;
    public ReadOnlyMemory<byte> RangeEnd { get; } = rangeEnd;

    /// <summary>Open watchers; guarded by the hub.</summary>
    public int Members { get; set; }

    /// <summary>The group's place in the list of all groups; guarded by the hub.</summary>
    public LinkedListNode<WatchGroup>? Listed { get; set; }

    public bool HasFilters(bool puts, bool deletes) => noPut == puts && noDelete == deletes;

    public bool Accepts(StoreEventKind kind) => kind == StoreEventKind.Put ? !noPut : !noDelete;

    public bool Accepts(ReadOnlySpan<byte> changed, StoreEventKind kind) =>
        Accepts(kind) && new KeyRange(Key.Span, RangeEnd.Span).Contains(changed);

    /// <summary>A matching change was made. Revisions come in order; several changes of one revision come one after the other.</summary>
    public void Notify(long revision, List<Watcher> wake)
    {
        lock (_gate)
        {
            if (_count > 0 && _revisions[(_first + _count - 1) % _revisions.Length] == revision) return;
            if (_count == _revisions.Length && !Grow())
            {
                _coveredFrom = _revisions[_first];
                _first = (_first + 1) % _revisions.Length;
                _count--;
            }
            _revisions[(_first + _count++) % _revisions.Length] = revision;
            WakeAll(wake);
        }
    }

    /// <summary>Nothing is known of revisions up to this one: watchers find them in history.</summary>
    public void Reset(long coveredFrom, List<Watcher> wake)
    {
        lock (_gate)
        {
            _coveredFrom = coveredFrom;
            _count = 0;
            WakeAll(wake);
        }
    }

    /// <summary>
    /// The first revisions after the position, or the batch that another watcher made of just these. When there are none, the watcher is called once there are.
    /// </summary>
    public WatchBacklog After(Watcher watcher, long position, int maxBytes, Span<long> revisions, out int count, out WatchBatch? shared)
    {
        count = 0;
        shared = null;
        lock (_gate)
        {
            if (position < _coveredFrom) return WatchBacklog.Behind;
            if (IsShared(position, maxBytes, out shared)) return WatchBacklog.Shared;
            for (var i = FirstAfter(position); i < _count && count < revisions.Length; i++)
            {
                revisions[count++] = _revisions[(_first + i) % _revisions.Length];
            }
            if (count > 0) return WatchBacklog.Some;
            if (watcher.Waiting.List is null) _waiting.AddLast(watcher.Waiting);
            return WatchBacklog.Nothing;
        }
    }

    /// <summary>Lets the other watchers at the same position have the same batch.</summary>
    public void Share(long position, int maxBytes, WatchBatch batch)
    {
        lock (_gate)
        {
            (_sharedAfter, _sharedMaxBytes) = (position, maxBytes);
            _shared.SetTarget(batch);
        }
    }

    public bool Covers(long position)
    {
        lock (_gate) return position >= _coveredFrom;
    }

    public bool HasNothingAfter(long position)
    {
        lock (_gate) return position >= _coveredFrom && FirstAfter(position) == _count;
    }

    public void Forget(Watcher watcher)
    {
        lock (_gate)
        {
            if (watcher.Waiting.List is not null) _waiting.Remove(watcher.Waiting);
        }
    }

    /// <summary>The revision's changes that match.</summary>
    public RevisionChanges Filter(RevisionChanges whole)
    {
        var matching = 0;
        foreach (var change in whole.Events) matching += Accepts(change.Kv.Key.Span, change.Kind) ? 1 : 0;
        if (matching == whole.Events.Length) return whole;
        var events = ImmutableArray.CreateBuilder<StoreEvent>(matching);
        foreach (var change in whole.Events)
        {
            if (Accepts(change.Kv.Key.Span, change.Kind)) events.Add(change);
        }
        return whole with { Events = events.MoveToImmutable() };
    }

    /// <summary>A batch that ends before the newest revision is not handed on: what came since can go along.</summary>
    private bool IsShared(long position, int maxBytes, out WatchBatch? shared)
    {
        shared = null;
        return position == _sharedAfter && maxBytes == _sharedMaxBytes && _count > 0
            && _shared.TryGetTarget(out shared) && shared.Revision.Value == _revisions[(_first + _count - 1) % _revisions.Length];
    }

    private void WakeAll(List<Watcher> wake)
    {
        while (_waiting.First is { } first)
        {
            _waiting.RemoveFirst();
            wake.Add(first.Value);
        }
    }

    private int FirstAfter(long position)
    {
        int low = 0, high = _count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_revisions[(_first + middle) % _revisions.Length] > position) high = middle;
            else low = middle + 1;
        }
        return low;
    }

    private bool Grow()
    {
        if (_revisions.Length >= StoreLimits.WatchBacklogRevisions) return false;
        var grown = new long[_revisions.Length * 2];
        for (var i = 0; i < _count; i++) grown[i] = _revisions[(_first + i) % _revisions.Length];
        _revisions = grown;
        _first = 0;
        return true;
    }
}
