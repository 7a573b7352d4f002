using Hive.Objects;
using Hive.Store;

namespace Hive.Control;

/// <summary>
/// The decoded cluster at one revision, hot on every queen: fed by the change stream one revision at a time, never read while it is fed.
/// All enumerations are in key order. One thread owns it.
/// </summary>
public sealed class ClusterModel
{
    private readonly SortedDictionary<string, SortedDictionary<string, SortedDictionary<string, Stored>>> _resources = new(StringComparer.Ordinal);
    private readonly KeyIndex _byOwner = new();
    private readonly KeyIndex _byNode = new();
    private readonly KeyIndex _byLabel = new();
    private readonly KeyIndex _orphans = new();
    private readonly Dictionary<string, ObjectKey> _byUid = new(StringComparer.Ordinal);

    /// <summary>Everything up to this revision is in the model.</summary>
    public Revision At { get; private set; } = Revision.Zero;

    /// <summary>Number of records.</summary>
    public int Count { get; private set; }

    /// <summary>Records whose JSON could not be read: they count as absent, and nobody may stumble over them.</summary>
    public SortedSet<ObjectKey> Unreadable { get; } = [];

    /// <summary>Takes the changes of one revision and answers with them decoded, in their order.</summary>
    public List<Change> Apply(RevisionChanges changes)
    {
        Invariant.Check(changes.Revision > At, $"model at {At}, changes of {changes.Revision}");
        var decoded = new List<Change>(changes.Events.Length);
        foreach (var changed in changes.Events)
        {
            if (!ObjectKey.TryParse(changed.Kv.Key.Span, out var key)) continue;
            Stored? after = changed.Kind == StoreEventKind.Put ? Decode(key, changed.Kv) : null;
            if (changed.Kind == StoreEventKind.Delete) Unreadable.Remove(key);
            Stored? before = Find(key);
            if (before is null && after is null) continue;
            Replace(key, before, after);
            decoded.Add(new Change(key, before, after, changes.Revision));
        }
        At = changes.Revision;
        return decoded;
    }

    /// <summary>Forgets everything and reads a snapshot: at start, and when the feed had to be given up.</summary>
    public void Load(StoreSnapshot snapshot)
    {
        Invariant.Check(snapshot.Revision >= At);
        Clear();
        foreach (var pair in ModelScan.All(snapshot))
        {
            if (!ObjectKey.TryParse(pair.Key.Span, out var key)) continue;
            if (Decode(key, pair) is { } stored) Replace(key, null, stored);
        }
        At = snapshot.Revision;
    }

    public Stored? Find(in ObjectKey key) =>
        _resources.TryGetValue(key.Resource, out var namespaces) && namespaces.TryGetValue(key.Namespace, out var names)
            ? names.GetValueOrDefault(key.Name) : null;

    /// <summary>The object with this UID, of whatever kind.</summary>
    public Stored? FindUid(string uid) => _byUid.TryGetValue(uid, out var key) ? Find(key) : null;

    public IEnumerable<Stored> All(string resource, string? ns = null)
    {
        if (!_resources.TryGetValue(resource, out var namespaces)) yield break;
        if (ns is not null)
        {
            if (!namespaces.TryGetValue(ns, out var names)) yield break;
            foreach (var stored in names.Values) yield return stored;
            yield break;
        }
        foreach (var names in namespaces.Values)
        {
            foreach (var stored in names.Values) yield return stored;
        }
    }

    /// <summary>Every record of every kind, in key order.</summary>
    public IEnumerable<Stored> Everything() => _resources.Keys.SelectMany(resource => All(resource));

    /// <summary>Every object of every kind in a namespace.</summary>
    public IEnumerable<Stored> InNamespace(string ns) => _resources.Keys.SelectMany(resource => All(resource, ns));

    public IEnumerable<Stored> OwnedBy(string uid) => Resolve(_byOwner.Of(uid));

    public IEnumerable<Stored> PodsOn(string node) => Resolve(_byNode.Of(node));

    /// <summary>Objects that the selector picks. Uses the smallest bucket among the selector's equalities.</summary>
    public IEnumerable<Stored> Matching(string resource, string ns, Selector selector)
    {
        SortedSet<ObjectKey>? smallest = null;
        foreach (var (label, value) in selector.Equalities)
        {
            var bucket = _byLabel.Of(LabelBucket(resource, ns, label, value));
            if (smallest is null || bucket.Count < smallest.Count) smallest = bucket;
        }
        var candidates = smallest is null ? All(resource, ns) : Resolve(smallest);
        return candidates.Where(stored => selector.Matches(stored.Metadata.Labels));
    }

    /// <summary>Pods and ReplicaSets that the selector picks and that no controller owns.</summary>
    public IEnumerable<Stored> Orphans(string resource, string ns, Selector selector) =>
        Resolve(_orphans.Of($"{resource}\n{ns}")).Where(stored => selector.Matches(stored.Metadata.Labels));

    private Stored? Decode(in ObjectKey key, KeyValue pair)
    {
        if (ModelKinds.TryDecode(key, pair, out var stored))
        {
            Unreadable.Remove(key);
            return stored;
        }
        Unreadable.Add(key);
        return null;
    }

    private void Replace(in ObjectKey key, Stored? before, Stored? after)
    {
        if (before is not null) Unindex(before);
        if (after is null)
        {
            var namespaces = _resources[key.Resource];
            var names = namespaces[key.Namespace];
            names.Remove(key.Name);
            if (names.Count == 0) namespaces.Remove(key.Namespace);
            Count--;
            return;
        }
        if (!_resources.TryGetValue(key.Resource, out var within)) _resources[key.Resource] = within = new(StringComparer.Ordinal);
        if (!within.TryGetValue(key.Namespace, out var byName)) within[key.Namespace] = byName = new(StringComparer.Ordinal);
        byName[key.Name] = after;
        if (before is null) Count++;
        Index(after);
    }

    private void Index(Stored stored)
    {
        if (stored.Object is not { } value) return;
        var metadata = value.Metadata;
        foreach (var owner in metadata.OwnerReferences) _byOwner.Add(owner.Uid, stored.Key);
        if (value is Pod { Spec.NodeName.Length: > 0 } pod) _byNode.Add(pod.Spec.NodeName, stored.Key);
        foreach (var (label, text) in metadata.Labels) _byLabel.Add(LabelBucket(stored.Key.Resource, stored.Key.Namespace, label, text), stored.Key);
        if (metadata.Uid.Length > 0) _byUid[metadata.Uid] = stored.Key;
        if (value is Pod or ReplicaSet && Ownership.ControllerOf(value) is null) _orphans.Add(OrphanBucket(stored.Key), stored.Key);
    }

    private void Unindex(Stored stored)
    {
        if (stored.Object is not { } value) return;
        var metadata = value.Metadata;
        foreach (var owner in metadata.OwnerReferences) _byOwner.Remove(owner.Uid, stored.Key);
        if (value is Pod { Spec.NodeName.Length: > 0 } pod) _byNode.Remove(pod.Spec.NodeName, stored.Key);
        foreach (var (label, text) in metadata.Labels) _byLabel.Remove(LabelBucket(stored.Key.Resource, stored.Key.Namespace, label, text), stored.Key);
        if (_byUid.TryGetValue(metadata.Uid, out var named) && named == stored.Key) _byUid.Remove(metadata.Uid);
        _orphans.Remove(OrphanBucket(stored.Key), stored.Key);
    }

    private IEnumerable<Stored> Resolve(SortedSet<ObjectKey> keys)
    {
        foreach (var key in keys) yield return Find(key) ?? throw Invariant.Fail($"index names {key}, which is absent");
    }

    private void Clear()
    {
        _resources.Clear();
        _byOwner.Clear();
        _byNode.Clear();
        _byLabel.Clear();
        _orphans.Clear();
        _byUid.Clear();
        Unreadable.Clear();
        Count = 0;
    }

    private static string OrphanBucket(in ObjectKey key) => $"{key.Resource}\n{key.Namespace}";

    private static string LabelBucket(string resource, string ns, string label, string value) => $"{resource}\n{ns}\n{label}\n{value}";
}
