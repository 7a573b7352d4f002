using Hive.Objects;

namespace Hive.Api.Storage;

/// <summary>
/// Decoded objects by (key, mod revision): an entry never goes stale, because a changed object has another revision. Bounded by two generations: when the young
/// one is full it becomes the old one, and the old one is forgotten; what is used is carried over.
/// </summary>
public sealed class ObjectCache(int capacity)
{
    private readonly Lock _gate = new();
    private Dictionary<(string Key, long Revision), HiveObject> _young = [];
    private Dictionary<(string Key, long Revision), HiveObject> _old = [];

    public HiveObject? Find(string key, Revision revision)
    {
        lock (_gate)
        {
            if (_young.TryGetValue((key, revision.Value), out HiveObject? known)) return known;
            if (!_old.TryGetValue((key, revision.Value), out known)) return null;
            Put(key, revision, known);
            return known;
        }
    }

    public void Add(string key, Revision revision, HiveObject value)
    {
        lock (_gate) Put(key, revision, value);
    }

    private void Put(string key, Revision revision, HiveObject value)
    {
        if (_young.Count >= capacity / 2) (_old, _young) = (_young, []);
        _young[(key, revision.Value)] = value;
    }
}
