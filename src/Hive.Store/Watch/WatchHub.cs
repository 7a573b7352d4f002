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
    private List<Watcher> _wake = [];
    private List<Watcher> _waking = [];
    private int _watchers;
    private long _published;

    internal WatchHub(KeyValueStore store)
    {
        _store = store;
        _published = store.Revision.Value;
    }

    /// <summary>
    /// Called on the apply thread, in O(1) whatever the number of watchers, when some are to be told: who sets it calls <see cref="WakeReady"/> soon,
    /// on a thread of its own. While that is busy with many, more revisions come together, and each watcher takes several at once. Null: the apply thread tells them.
    /// </summary>
    public Action? WakeRequested { get; set; }

    /// <summary>Watchers open now.</summary>
    public int Count => Volatile.Read(ref _watchers);

    /// <summary>
    /// Opens a watcher. Try to take from it at once: <paramref name="onReady"/> is called (from whoever calls
    /// <see cref="WakeReady"/>, else from the apply thread, and from <see cref="Watcher.TryTake"/>; must be O(1) and must not block) when a taker that found nothing may find something. A start in the future is allowed.
    /// </summary>
    public Watcher Open(WatchQuery query, Action onReady)
    {
        lock (_gate)
        {
            var group = _index.GetOrAdd(query, Published);
            var position = query.Start.Value > 0 ? query.Start.Value - 1 : Published;
            if (position > Published && _store.Mutant == StoreMutant.WatchFromFutureBeginsNow) position = Published;
            var watcher = new Watcher(this, group, onReady, position);
            group.Members++;
            Volatile.Write(ref _watchers, _watchers + 1);
            return watcher;
        }
    }

    /// <summary>Every group knows of all revisions up to this one.</summary>
    internal long Published => Volatile.Read(ref _published);

    internal RecentChanges Recent => _recent;

    internal StoreSnapshot Snapshot() => _store.Snapshot();

    /// <summary>Tests only: see <see cref="StoreMutant.WatchSkipsCompacted"/>.</summary>
    internal bool SkipsCompacted =>
#if HIVE_FAULTS
        KnownFault.Is(KnownFault.WatchSkipsCompacted) ||
#endif
        _store.Mutant == StoreMutant.WatchSkipsCompacted;

    /// <summary>
    /// On the apply thread, once the store's snapshots show the revision. Null: nobody watched when it was made; whoever came
    /// since finds it in history.
    /// </summary>
    internal void Publish(long revision, RevisionChanges? changes)
    {
        bool any;
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
            any = _wake.Count > 0;
        }
        Wake(any);
    }

    /// <summary>A whole state was installed: what is known of single revisions is void.</summary>
    internal void Reset()
    {
        bool any;
        lock (_gate)
        {
            _recent.Clear();
            Volatile.Write(ref _published, _store.Revision.Value);
            _index.ResetAll(Published, _wake);
            any = _wake.Count > 0;
        }
        Wake(any);
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

    /// <summary>Tells all watchers that may take something since the last call. By one thread at a time.</summary>
    public void WakeReady()
    {
        lock (_gate) (_wake, _waking) = (_waking, _wake);
        // Outside the lock: a callback may open or close watchers.
        foreach (var watcher in _waking) watcher.OnReady();
        _waking.Clear();
    }

    private void Wake(bool any)
    {
        if (!any) return;
        if (WakeRequested is { } request) request();
        else WakeReady();
    }
}
