namespace Hive.Control;

/// <summary>Buckets of keys; each bucket is in key order. Buckets themselves are only looked up, never enumerated.</summary>
internal sealed class KeyIndex
{
    private static readonly SortedSet<ObjectKey> None = [];
    private readonly Dictionary<string, SortedSet<ObjectKey>> _buckets = new(StringComparer.Ordinal);

    public SortedSet<ObjectKey> Of(string bucket) => _buckets.GetValueOrDefault(bucket, None);

    public void Add(string bucket, in ObjectKey key)
    {
        if (!_buckets.TryGetValue(bucket, out var keys)) _buckets[bucket] = keys = [];
        keys.Add(key);
    }

    public void Remove(string bucket, in ObjectKey key)
    {
        if (!_buckets.TryGetValue(bucket, out var keys)) return;
        keys.Remove(key);
        if (keys.Count == 0) _buckets.Remove(bucket);
    }

    public void Clear() => _buckets.Clear();
}
