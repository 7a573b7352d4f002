namespace Hive.Store.Watch;

/// <summary>The last revisions, decoded once for all watchers; bounded by number and by bytes.</summary>
internal sealed class RecentChanges
{
    private const int EventOverheadBytes = 256;

    private readonly Lock _gate = new();
    private readonly RevisionChanges?[] _slots = new RevisionChanges?[StoreLimits.RecentRevisions];
    private readonly Queue<(long Revision, long Bytes)> _kept = new();
    private long _bytes;

    public void Add(RevisionChanges changes)
    {
        long bytes = 0;
        foreach (var change in changes.Events) bytes += EventOverheadBytes + change.Kv.Key.Length + change.Kv.Value.Length + (change.Previous?.Value.Length ?? 0);
        lock (_gate)
        {
            _kept.Enqueue((changes.Revision.Value, bytes));
            _bytes += bytes;
            while (_kept.Count > _slots.Length || (_bytes > StoreLimits.RecentBytes && _kept.Count > 1))
            {
                var (revision, freed) = _kept.Dequeue();
                _bytes -= freed;
                if (Slot(revision) is { } old && old.Revision.Value == revision) Slot(revision) = null;
            }
            Slot(changes.Revision.Value) = changes;
        }
    }

    public RevisionChanges? Find(long revision)
    {
        lock (_gate) return Slot(revision) is { } found && found.Revision.Value == revision ? found : null;
    }

    public void Clear()
    {
        lock (_gate)
        {
            _kept.Clear();
            _bytes = 0;
            Array.Clear(_slots);
        }
    }

    private ref RevisionChanges? Slot(long revision) => ref _slots[(int)(revision % _slots.Length)];
}
