namespace Hive.Control;

/// <summary>Urgency of a controller's keys: all that is ready in a lower band runs before anything in a higher one.</summary>
public enum Band : byte { Liveness, User, Workload, Housekeeping }

/// <summary>One key of one controller. Ordered by band, then by controller (its place in the catalog), then by key.</summary>
public readonly record struct WorkItem(Band Band, int Controller, ObjectKey Key) : IComparable<WorkItem>
{
    public int CompareTo(WorkItem other)
    {
        int order = Band.CompareTo(other.Band);
        if (order != 0) return order;
        order = Controller.CompareTo(other.Controller);
        return order != 0 ? order : Key.CompareTo(other.Key);
    }
}

/// <summary>
/// Which keys want a look, in what order, and when. Coalescing and without timers. It holds the in-flight rule: a key whose write was
/// proposed is not taken again before the write's outcome is known *and* the model has reached the revision of that outcome.
/// </summary>
public sealed class WorkQueue(ControlLimits limits)
{
    private enum Stage : byte { Ready, Delayed, Proposed, Invisible }

    private sealed class Entry
    {
        public Stage Stage;
        public LogTime NotBefore;
        public Revision VisibleFrom;
        public int Conflicts;
        /// <summary>Held back because it ran too often or failed: no wake cuts that short.</summary>
        public bool Held;
        /// <summary>Woken while in flight: at this time it wants another look.</summary>
        public LogTime? Again;
    }

    private readonly Dictionary<WorkItem, Entry> _entries = [];
    private readonly SortedSet<WorkItem> _ready = [];
    private readonly SortedSet<(LogTime NotBefore, WorkItem Item)> _delayed = [];
    private readonly SortedSet<(Revision VisibleFrom, WorkItem Item)> _invisible = [];
    private readonly Dictionary<WorkItem, int> _runs = [];
    private LogTime _runsSince;

    /// <summary>Keys known to the queue, in flight included.</summary>
    public int Count => _entries.Count;

    /// <summary>Keys that were held back because they ran too often: each is a sign of a controller that fights something.</summary>
    public long HeldBack { get; private set; }

    /// <summary>When the earliest delayed key falls due; null when none waits for time.</summary>
    public LogTime? NextDeadline => _delayed.Count == 0 ? null : _delayed.Min.NotBefore;

    /// <summary>True: at least one key could be taken at once.</summary>
    public bool HasReady => _ready.Count > 0;

    /// <summary>True when nothing waits, is delayed or in flight: the quiescence that the simulator and tests look for.</summary>
    public bool IsIdle(LogTime horizon) =>
        _ready.Count == 0 && _invisible.Count == 0 && _entries.Count == _delayed.Count && (_delayed.Count == 0 || _delayed.Min.NotBefore > horizon);

    /// <summary>Asks for a look at the key, at <paramref name="notBefore"/> or later. The earliest request wins.</summary>
    public void Wake(in WorkItem item, LogTime notBefore, LogTime now)
    {
        if (!_entries.TryGetValue(item, out var entry))
        {
            entry = new Entry();
            _entries.Add(item, entry);
            Enqueue(item, entry, notBefore, now);
            return;
        }
        switch (entry.Stage)
        {
            case Stage.Ready:
                return;
            case Stage.Delayed:
                // A pause after conflicts is not cut short by the change that a rival makes: that is what the pause is for.
                if (notBefore >= entry.NotBefore || entry.Conflicts > 1 || entry.Held) return;
                _delayed.Remove((entry.NotBefore, item));
                Enqueue(item, entry, notBefore, now);
                return;
            default:
                bool pausing = entry.Stage == Stage.Invisible && entry.Conflicts > 1;
                if (entry.Again is not { } again || (notBefore < again && !pausing)) entry.Again = notBefore;
                return;
        }
    }

    /// <summary>Moves keys whose time has come, or whose own write the model now shows, to those that may be taken.</summary>
    public void Advance(LogTime now, Revision modelAt)
    {
        while (_invisible.Count > 0 && _invisible.Min.VisibleFrom <= modelAt)
        {
            var (visibleFrom, item) = _invisible.Min;
            _invisible.Remove((visibleFrom, item));
            Release(item, _entries[item], now);
        }
        while (_delayed.Count > 0 && _delayed.Min.NotBefore <= now)
        {
            var (notBefore, item) = _delayed.Min;
            _delayed.Remove((notBefore, item));
            var entry = _entries[item];
            entry.Held = false;
            entry.Stage = Stage.Ready;
            _ready.Add(item);
        }
    }

    /// <summary>Takes the first ready key. The taker must answer with <see cref="Done"/> or <see cref="Proposed"/> before the next take of it.</summary>
    public bool TryTake(LogTime now, out WorkItem item)
    {
        if (now - _runsSince >= TimeSpan.FromSeconds(1))
        {
            _runs.Clear();
            _runsSince = now;
        }
        while (_ready.Count > 0)
        {
            item = _ready.Min;
            _ready.Remove(item);
            int runs = _runs.GetValueOrDefault(item) + 1;
            _runs[item] = runs;
            if (runs <= limits.RunsPerKeyPerSecond) return true;
            HeldBack++;
            Hold(item, now);
        }
        item = default;
        return false;
    }

    /// <summary>Takes the next ready key of the same controller, if it is next in order.</summary>
    public bool TryTakeSame(in WorkItem like, LogTime now, out WorkItem item)
    {
        item = default;
        return _ready.Count > 0 && _ready.Min.Controller == like.Controller && _ready.Min.Band == like.Band
            && TryTake(now, out item) && KeepIfSame(like, ref item);
    }

    private bool KeepIfSame(in WorkItem like, ref WorkItem item)
    {
        if (item.Controller == like.Controller && item.Band == like.Band) return true;
        // The one that looked next was held back, and the take went on to another controller's.
        PutBack(item);
        item = default;
        return false;
    }

    /// <summary>The key was taken but not decided: it is as if it had not been taken.</summary>
    public void PutBack(in WorkItem item)
    {
        _runs[item] = Math.Max(0, _runs.GetValueOrDefault(item) - 1);
        _entries[item].Stage = Stage.Ready;
        _ready.Add(item);
    }

    /// <summary>The key needed no write. It is forgotten, or comes back at <paramref name="lookAgainAt"/>.</summary>
    public void Done(in WorkItem item, LogTime? lookAgainAt, LogTime now)
    {
        var entry = _entries[item];
        entry.Conflicts = 0;
        if (lookAgainAt is { } at) Enqueue(item, entry, at, now);
        else _entries.Remove(item);
    }

    /// <summary>The key's reconcile failed: it is held back.</summary>
    public void Failed(in WorkItem item, LogTime now) => Hold(item, now);

    /// <summary>The key's plan was proposed: it is in flight from now on.</summary>
    /// <param name="lookAgainAt">When the plan asked to be looked at again.</param>
    public void Proposed(in WorkItem item, LogTime? lookAgainAt)
    {
        var entry = _entries[item];
        Invariant.Check(entry.Stage == Stage.Ready && !_ready.Contains(item));
        entry.Stage = Stage.Proposed;
        entry.Again = lookAgainAt;
    }

    /// <summary>The outcome of the key's plan. Until the model is at <paramref name="visibleFrom"/> the key is not taken.</summary>
    public void Settled(in WorkItem item, bool committed, Revision visibleFrom, LogTime now)
    {
        var entry = _entries[item];
        Invariant.Check(entry.Stage == Stage.Proposed);
        if (committed)
        {
            entry.Conflicts = 0;
        }
        else
        {
            entry.Conflicts++;
            entry.Again = now + Backoff.After(entry.Conflicts, item.Key, limits);
        }
        entry.Stage = Stage.Invisible;
        entry.VisibleFrom = visibleFrom;
        _invisible.Add((visibleFrom, item));
    }

    /// <summary>The scope ended: nothing is remembered, the next scope starts from the model.</summary>
    public void Clear()
    {
        _entries.Clear();
        _ready.Clear();
        _delayed.Clear();
        _invisible.Clear();
        _runs.Clear();
    }

    private void Release(in WorkItem item, Entry entry, LogTime now)
    {
        if (entry.Again is { } again)
        {
            entry.Again = null;
            Enqueue(item, entry, again, now);
        }
        else
        {
            _entries.Remove(item);
        }
    }

    private void Enqueue(in WorkItem item, Entry entry, LogTime notBefore, LogTime now)
    {
        if (notBefore > now)
        {
            Delay(item, entry, notBefore);
            return;
        }
        entry.Stage = Stage.Ready;
        _ready.Add(item);
    }

    private void Hold(in WorkItem item, LogTime now)
    {
        var entry = _entries[item];
        entry.Held = true;
        Delay(item, entry, now + limits.HoldBack);
    }

    private void Delay(in WorkItem item, Entry entry, LogTime notBefore)
    {
        entry.Stage = Stage.Delayed;
        entry.NotBefore = notBefore;
        _delayed.Add((notBefore, item));
    }
}
