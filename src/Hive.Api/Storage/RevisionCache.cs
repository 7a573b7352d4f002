namespace Hive.Api.Storage;

/// <summary>
/// What follows from an object's revision, kept while it is used: entries never go stale, because a changed object has another revision. Bounded by two generations: when
/// the young one holds half of what may be held it becomes the old one, and the old one is forgotten; what is used is carried over.
/// </summary>
public sealed class RevisionCache<TKey, TValue>(int entries, long bytes) where TKey : notnull where TValue : class
{
    private readonly Lock _gate = new();
    private Dictionary<TKey, (TValue Value, long Size)> _young = [];
    private Dictionary<TKey, (TValue Value, long Size)> _old = [];
    private long _youngBytes;

    public TValue? Find(TKey key)
    {
        lock (_gate)
        {
            if (_young.TryGetValue(key, out (TValue Value, long Size) known)) return known.Value;
            if (!_old.TryGetValue(key, out known)) return null;
            Put(key, known.Value, known.Size);
            return known.Value;
        }
    }

    /// <param name="size">Bytes that the entry is counted as.</param>
    public void Add(TKey key, TValue value, long size)
    {
        lock (_gate) Put(key, value, size);
    }

    private void Put(TKey key, TValue value, long size)
    {
        if (_young.Count >= entries / 2 || _youngBytes + size > bytes / 2) (_old, _young, _youngBytes) = (_young, [], 0);
        _young[key] = (value, size);
        _youngBytes += size;
    }
}
