using Hive.Store.Watch;

namespace Hive.Store;

/// <summary>
/// Registers watchers and feeds them. Promises: Ordered, Unique, Atomic, Reliable, Resumable, Bookmarkable. A slow watcher is moved aside
/// and catches up from history; it never holds up apply or another watcher.
/// </summary>
/// <remarks>
/// Watchers with the same query form a group. The group keeps the numbers of the revisions that concern it, bounded; the revisions
/// themselves are kept once for all (<see cref="RecentChanges"/>) and beyond that read from history. So a watcher that never reads
/// costs a cursor, and an event costs what those who wait for it cost.
/// </remarks>
public sealed class WatchHub
{
    private readonly Lock _gate = new();
    private readonly KeyValueStore _store;
    private readonly WatchIndex _index = new();
    private readonly RecentChanges _recent = new();
    private readonly List<Watcher> _wake = [];
    private int _watchers;
    private long _published;

    internal WatchHub(KeyValueStore store)
    {
        _store = store;
        _published = store.Revision.Value;
    }

    /// <summary>Watchers open now.</summary>
    public int Count => Volatile.Read(ref _watchers);

    /// <summary>
    /// Opens a watcher. Try to take from it at once: <paramref name="onReady"/> is called (from the apply thread or from
    /// <see cref="Watcher.TryTake"/>; must be O(1) and must not block) when a taker that found nothing may find something. A start in the future is allowed.
    /// </summary>
    public Watcher Open(WatchQuery query, Action onReady)
    {
        lock (_gate)
        {
            var group = _index.GetOrAdd(query, Published);
            var watcher = new Watcher(this, group, onReady, query.Start.Value > 0 ? query.Start.Value - 1 : Published);
            group.Members++;
            Volatile.Write(ref _watchers, _watchers + 1);
            return watcher;
        }
    }

    /// <summary>Every group knows of all revisions up to this one.</summary>
    internal long Published => Volatile.Read(ref _published);

    internal RecentChanges Recent => _recent;

    internal StoreSnapshot Snapshot() => _store.Snapshot();

    /// <summary>
    /// On the apply thread, once the store's snapshots show the revision. Null: nobody watched when it was made; whoever came
    /// since finds it in history.
    /// </summary>
    internal void Publish(long revision, RevisionChanges? changes)
    {
        lock (_gate)
        {
            if (_watchers == 0 || changes is null)
            {
                Volatile.Write(ref _published, revision);
                if (_watchers > 0) _index.ResetAll(revision, _wake);
            }
            else
            {
                _recent.Add(changes);
                foreach (var change in changes.Events) _index.Notify(change, revision, _wake);
                Volatile.Write(ref _published, revision);
            }
        }
        Wake();
    }

    /// <summary>A whole state was installed: what is known of single revisions is void.</summary>
    internal void Reset()
    {
        lock (_gate)
        {
            _recent.Clear();
            Volatile.Write(ref _published, _store.Revision.Value);
            _index.ResetAll(Published, _wake);
        }
        Wake();
    }

    internal void Close(Watcher watcher, WatchGroup group)
    {
        lock (_gate)
        {
            Volatile.Write(ref _watchers, _watchers - 1);
            group.Forget(watcher);
            if (--group.Members == 0) _index.Remove(group);
        }
    }

    private void Wake()
    {
        // Outside the locks: a callback may open or close watchers.
        foreach (var watcher in _wake) watcher.OnReady();
        _wake.Clear();
    }
}
