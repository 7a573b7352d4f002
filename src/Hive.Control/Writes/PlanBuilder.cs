using System.Collections.Immutable;
using Hive.Objects;

namespace Hive.Control;

/// <summary>
/// Collects the writes of one reconcile. It does for controllers what the API does for users: UIDs, timestamps, generations, the rules
/// of deletion. Writes that would change nothing are dropped.
/// </summary>
public sealed class PlanBuilder(IView view, Stamp now, string component)
{
    private readonly List<Write> _writes = [];
    private readonly SortedSet<ObjectKey> _written = [];
    private readonly List<Pin> _pins = [];
    private readonly SortedSet<string> _bumps = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (ObjectKey Key, Event Value)> _events = new(StringComparer.Ordinal);
    private LogTime? _lookAgainAt;
    private long _bytes;

    /// <summary>The plan holds as many writes as one may: the rest is for the next look.</summary>
    public bool IsFull => _writes.Count >= ControlLimits.Default.WritesPerPlan || _bytes >= ControlLimits.Default.PlanBytes;

    /// <summary>Number of writes so far, events not counted.</summary>
    public int Count => _writes.Count;

    /// <summary>The present second, as objects carry it.</summary>
    public Time Time { get; } = now.Wall.ToTime();

    /// <summary>A UID that no other decision can come to: it depends on term, revision, time and key.</summary>
    public string NewUid(in ObjectKey key) => StableHash.Uuid(key.ToString(), $"{view.Term}/{view.At}/{now.Log.Ticks}");

    /// <summary>Creates an object; UID, creation time and first generation are set here.</summary>
    public ObjectKey Create<T>(T value) where T : HiveObject
    {
        var key = new ObjectKey(ModelKinds.ResourceOf<T>(), value.Metadata.Namespace, value.Metadata.Name);
        Invariant.Check(_written.Add(key), $"{key} is written twice");
        var metadata = value.Metadata with { Uid = NewUid(key), CreationTimestamp = Time, Generation = ModelKinds.HasGeneration(key.Resource) ? 1 : 0 };
        var made = value with { Metadata = metadata };
        _bytes += ObjectCodec.Encode(made).Length;
        _writes.Add(new Write.Create(key, made));
        return key;
    }

    /// <summary>Replaces an object. Its generation moves exactly when <paramref name="specChanged"/>. Drops a write that changes no byte.</summary>
    public bool Replace(Stored old, HiveObject value, bool specChanged = false)
    {
        if (specChanged) value = value with { Metadata = value.Metadata with { Generation = old.Metadata.Generation + 1 } };
        if (ObjectCodec.SameBytes(old.Object!, value)) return false;
        Invariant.Check(_written.Add(old.Key), $"{old.Key} is written twice");
        _writes.Add(new Write.Replace(old.Key, old.ModifiedAt, value));
        return true;
    }

    /// <summary>Removes the record now.</summary>
    public void Remove(Stored old)
    {
        Invariant.Check(_written.Add(old.Key), $"{old.Key} is written twice");
        _writes.Add(new Write.Remove(old.Key, old.ModifiedAt));
    }

    /// <summary>
    /// Asks for the deletion as a user would: what must stop first, or is held by a finalizer, gets a deletion timestamp; else it goes now.
    /// False: it was asked for before.
    /// </summary>
    public bool Delete(Stored old, long? graceSeconds = null)
    {
        switch (DeletionRule.Decide(old, graceSeconds, Time))
        {
            case null:
                return false;
            case { } marked when DeletionRule.MustStay(old, graceSeconds):
                return Replace(old, marked);
            default:
                Remove(old);
                return true;
        }
    }

    /// <summary>The plan is void if this record changes, or appears, before it commits.</summary>
    public void Pin(in ObjectKey key) => _pins.Add(new Pin.Unchanged(key, view.Find(key)?.ModifiedAt ?? Revision.Zero));

    /// <summary>The plan is void if this record is deleted before it commits, even if another takes its name.</summary>
    public void PinIncarnation(Stored stored) => _pins.Add(new Pin.Incarnation(stored.Key, stored.CreatedAt));

    public void PinHidden(string name, Revision bumpedAt) => _pins.Add(new Pin.Hidden(name, bumpedAt));

    public void Bump(string hidden) => _bumps.Add(hidden);

    /// <summary>Looks at the key again at this time, if nothing wakes it earlier.</summary>
    public void LookAgain(LogTime at)
    {
        if (_lookAgainAt is not { } earlier || at < earlier) _lookAgainAt = at;
    }

    /// <summary>As <see cref="LookAgain"/>, for deadlines that objects carry as wall time.</summary>
    public void LookAgain(Time at) => LookAgain(now.Log + TimeSpan.FromTicks(Math.Max(1, at.ToWall().Ticks - now.Wall.Ticks)));

    /// <summary>There is more to do than fits: look again at once.</summary>
    public void LookAgainNow() => LookAgain(now.Log);

    /// <summary>
    /// Tells people what was decided, and why. Only written together with another write: a plan that is run again says it once.
    /// The same thing said again raises the event's count.
    /// </summary>
    public void Tell(Stored about, string type, string reason, string message) => Tell(about.Key, about.Object!, type, reason, message);

    /// <inheritdoc cref="Tell(Stored, string, string, string)"/>
    public void Tell(in ObjectKey key, HiveObject about, string type, string reason, string message)
    {
        var (eventKey, value) = EventWriting.Compose(view, key, about, type, reason, message, component, now);
        _events[eventKey.Name + "/" + eventKey.Namespace] = (eventKey, value);
    }

    public Plan Build()
    {
        if (_writes.Count == 0) return _lookAgainAt is null ? Plan.Nothing : Plan.Nothing with { LookAgainAt = _lookAgainAt };
        foreach (var (key, value) in _events.Values)
        {
            if (_written.Add(key)) _writes.Add(new Write.Put(key, value));
        }
        return new Plan([.. _writes], [.. _pins], [.. _bumps], _lookAgainAt);
    }
}
