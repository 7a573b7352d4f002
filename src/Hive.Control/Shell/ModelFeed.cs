using System.Collections.Immutable;
using Hive.Store;

namespace Hive.Control.Shell;

/// <summary>
/// Between the apply thread and the control loop: revisions in order, bounded. When the loop falls further behind than the bound, the queue is
/// thrown away and the next take is a snapshot instead: apply never waits, and memory is never without limit.
/// </summary>
internal sealed class ModelFeed : IDisposable
{
    private readonly KeyValueStore _store;
    private readonly int _bound;
    private readonly Action _onNews;
    private readonly Lock _gate = new();
    private readonly Queue<RevisionChanges> _waiting = new();
    private bool _rebuild = true;

    /// <param name="onNews">Called on the apply thread; must not block.</param>
    public ModelFeed(KeyValueStore store, int bound, Action onNews)
    {
        _store = store;
        _bound = bound;
        _onNews = onNews;
        store.Changed += OnChanged;
        store.Installed += OnInstalled;
    }

    /// <summary>What the model must take next, from the revision that it is at; null when there is nothing.</summary>
    public ControlInput? Take(Revision modelAt)
    {
        lock (_gate)
        {
            if (!_rebuild)
            {
                var changes = _waiting.Where(revision => revision.Revision > modelAt).ToImmutableArray();
                _waiting.Clear();
                return changes.IsEmpty ? null : new ControlInput.Applied(changes);
            }
            _rebuild = false;
            _waiting.Clear();
        }
        // Changes that come in from here on are queued; those that the snapshot has already are dropped by revision at the next take.
        return new ControlInput.Rebuilt(_store.Snapshot());
    }

    public void Dispose()
    {
        _store.Changed -= OnChanged;
        _store.Installed -= OnInstalled;
    }

    private void OnChanged(RevisionChanges changes)
    {
        lock (_gate)
        {
            if (_waiting.Count >= _bound)
            {
                _waiting.Clear();
                _rebuild = true;
            }
            if (!_rebuild) _waiting.Enqueue(changes);
        }
        _onNews();
    }

    private void OnInstalled(StoreSnapshot snapshot)
    {
        lock (_gate) _rebuild = true;
        _onNews();
    }
}
