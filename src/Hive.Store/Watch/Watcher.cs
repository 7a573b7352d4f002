using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Hive.Store.Reads;
using Hive.Store.State;
using Hive.Store.Watch;

namespace Hive.Store;

/// <summary>One open watch. Taken from by one thread at a time.</summary>
public sealed class Watcher : IDisposable
{
    // Revisions asked of the group at once: what one batch may hold is bounded by bytes, this bounds the copy.
    private const int RevisionsPerTake = 256;
    private const int EventOverheadBytes = 64;

    private readonly WatchHub _hub;
    private readonly WatchGroup _group;
    private readonly Action _onReady;
    private long _position;
    private long _delivered;
    private int _disposed;

    internal Watcher(WatchHub hub, WatchGroup group, Action onReady, long position)
    {
        _hub = hub;
        _group = group;
        _onReady = onReady;
        _position = position;
        Waiting = new LinkedListNode<Watcher>(this);
    }

    /// <summary>The watcher's place among those that wait; guarded by the group.</summary>
    internal LinkedListNode<Watcher> Waiting { get; }

    /// <summary>Everything up to and including this revision was handed out (what a bookmark may carry).</summary>
    public Revision Progress
    {
        get
        {
            var published = _hub.Published;
            return new Revision(_group.HasNothingAfter(_position) ? Math.Max(published, _delivered) : Math.Min(_position, published));
        }
    }

    /// <summary>Set when what this watcher needs next was compacted: the cancel that must be sent instead of a gap.</summary>
    public Revision? CompactedAt { get; private set; }

    /// <summary>
    /// Takes the next whole revisions, at most about <paramref name="maxBytes"/> (always at least one revision). False: nothing now,
    /// <c>onReady</c> will be called. Once <see cref="CompactedAt"/> is set the watcher is over.
    /// </summary>
    public bool TryTake(int maxBytes, [NotNullWhen(true)] out WatchBatch? batch)
    {
        batch = null;
        Span<long> revisions = stackalloc long[RevisionsPerTake];
        while (CompactedAt is null && Volatile.Read(ref _disposed) == 0)
        {
            switch (_group.After(this, _position, maxBytes, revisions, out var count, out batch))
            {
                case WatchBacklog.Nothing:
                    return false;
                case WatchBacklog.Shared:
                    _position = _delivered = batch!.Revision.Value;
                    return true;
                case WatchBacklog.Behind:
                    if (CatchUp(maxBytes, out batch)) return true;
                    if (batch is null && CompactedAt is null && !_group.Covers(_position))
                    {
                        // Much history and nothing of interest in it: let others run, and go on when called again.
                        _onReady();
                        return false;
                    }
                    break;
                default:
                    if (TakeRevisions(revisions[..count], maxBytes, out batch)) return true;
                    break;
            }
        }
        return false;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) _hub.Close(this, _group);
    }

    internal void OnReady() => _onReady();

    private bool TakeRevisions(ReadOnlySpan<long> revisions, int maxBytes, [NotNullWhen(true)] out WatchBatch? batch)
    {
        var taken = ImmutableArray.CreateBuilder<RevisionChanges>(revisions.Length);
        var from = _position;
        StoreSnapshot? snapshot = null;
        long bytes = 0;
        foreach (var revision in revisions)
        {
            var changes = _hub.Recent.Find(revision);
            if (changes is null)
            {
                snapshot ??= _hub.Snapshot();
                if (revision < snapshot.CompactedAt && _hub.SkipsCompacted)
                {
                    _position = revision;
                    continue;
                }
                if (revision < snapshot.CompactedAt)
                {
                    if (taken.Count == 0) CompactedAt = new Revision(snapshot.CompactedAt);
                    break;
                }
                changes = HistoryReader.Read(snapshot.Roots, revision, HistoryReader.StampOf(snapshot.Roots, revision));
            }
            var mine = _group.Filter(changes);
            var size = SizeOf(mine);
            if (taken.Count > 0 && bytes + size > maxBytes) break;
            bytes += size;
            _position = revision;
            if (mine.Events.Length > 0) taken.Add(mine);
        }
        if (!Deliver(taken, out batch)) return false;
        _group.Share(from, maxBytes, batch);
        return true;
    }

    /// <summary>Reads on in history from where this watcher is, whole revisions, a bounded way.</summary>
    private bool CatchUp(int maxBytes, [NotNullWhen(true)] out WatchBatch? batch)
    {
        batch = null;
        var snapshot = _hub.Snapshot();
        if (_position + 1 < snapshot.CompactedAt && _hub.SkipsCompacted) _position = snapshot.CompactedAt - 1;
        if (_position + 1 < snapshot.CompactedAt)
        {
            CompactedAt = new Revision(snapshot.CompactedAt);
            return false;
        }
        var slabs = snapshot.Roots.Slabs;
        var cursor = snapshot.Roots.Changes.Seek(new ChangeOrder(), new ChangePosition(_position + 1, 0));
        var taken = ImmutableArray.CreateBuilder<RevisionChanges>();
        var events = ImmutableArray.CreateBuilder<StoreEvent>();
        long bytes = 0;
        var scanned = 0;
        while (cursor.TryPeek(out var change))
        {
            if (scanned >= StoreLimits.CatchUpScan || bytes > maxBytes) return Deliver(taken, out batch);
            var revision = change.At.Revision;
            while (cursor.TryPeek(out change) && change.At.Revision == revision)
            {
                cursor.TryNext(out _);
                scanned++;
                if (!_group.Accepts(HistoryReader.KeyOf(slabs, change), change.Put != 0 ? StoreEventKind.Put : StoreEventKind.Delete)) continue;
                if (HistoryReader.ToEvent(slabs, change) is not { } made) continue;
                events.Add(made);
                bytes += SizeOf(made);
            }
            _position = revision;
            if (events.Count > 0) taken.Add(new RevisionChanges(new Revision(revision), HistoryReader.StampOf(snapshot.Roots, revision), events.DrainToImmutable()));
        }
        _position = Math.Max(_position, snapshot.Revision.Value);
        return Deliver(taken, out batch);
    }

    private bool Deliver(ImmutableArray<RevisionChanges>.Builder taken, [NotNullWhen(true)] out WatchBatch? batch)
    {
        batch = null;
        if (taken.Count == 0) return false;
        var changes = taken.DrainToImmutable();
        _delivered = changes[^1].Revision.Value;
        batch = new WatchBatch(changes[^1].Revision, changes);
        return true;
    }

    private static long SizeOf(RevisionChanges changes)
    {
        long bytes = 0;
        foreach (var change in changes.Events) bytes += SizeOf(change);
        return bytes;
    }

    private static long SizeOf(StoreEvent change) =>
        EventOverheadBytes + change.Kv.Key.Length + change.Kv.Value.Length + (change.Previous?.Value.Length ?? 0);
}

/// <summary>Whole revisions in order.</summary>
/// <param name="Revision">The newest revision in it.</param>
public sealed record WatchBatch(Revision Revision, ImmutableArray<RevisionChanges> Changes);
