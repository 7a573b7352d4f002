using Hive.Simulation.Checkers;
using Hive.Simulation.Machines;
using Hive.Simulation.World;
using Hive.Store;

namespace Hive.Simulation.Clients;

/// <summary>
/// Watches all keys below "k/" through one member, and through another after that one died, from where it was. What it is told must be the model's
/// changes: Ordered, Unique, Atomic, Reliable, Resumable, Bookmarkable.
/// </summary>
internal sealed class WatchClient(ClientWorld world, SimRandom random, string name)
{
    private const int BatchBytes = 2048;

    private SimMember? _member;
    private int _life;
    private Watcher? _watcher;
    private long _last = 1;
    private bool _planned;
    private long _start;
    private TimeSpan _asleepUntil;

    public long Events { get; private set; }
    public long Compacted { get; private set; }

    /// <summary>A watch may begin this many revisions after what is known.</summary>
    private const int FarAhead = 20;
    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(3);

    public void Start() => Poll();

    /// <summary>Once all is quiet: it must have been told everything.</summary>
    public void CheckComplete(SimMember complete)
    {
        _asleepUntil = default;
        Attach(complete);
        Take();
        int missing = world.Model.Changes.Count - world.Model.FirstAfter(_last);
        Violation.Unless(missing == 0, "watch-reliable", () => $"{name} was never told of {missing} changes after {_last}");
    }

    private void Poll()
    {
        if (_member is null || !_member.IsUp || _member.Life != _life || random.OneIn(60)) Attach(world.PickMember(random));
        if (random.OneIn(40)) BeginAhead();
        // A slow one: it takes nothing for a while, and history goes on without it.
        if (random.OneIn(20)) _asleepUntil = world.Timeline.Now + random.Between(TimeSpan.Zero, LongestSleep);
        Take();
        world.Timeline.After(random.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(900)), Poll);
    }

    private void Attach(SimMember? to)
    {
        if (_watcher is not null && _member is { IsUp: true } && _member.Life == _life) _watcher.Dispose();
        _watcher = null;
        _member = to;
        if (_member is null) return;
        _life = _member.Life;
        _start = _last + 1;
        _watcher = _member.Store!.Watches.Open(new WatchQuery("k/"u8.ToArray(), "k0"u8.ToArray(), new Revision(_start)), Wake);
    }

    /// <summary>Begins anew, with what is yet to be made.</summary>
    private void BeginAhead()
    {
        if (_member is not { IsUp: true } || _member.Life != _life) return;
        long newest = world.Model.Changes.Count == 0 ? 1 : world.Model.Changes[^1].Revision;
        _last = Math.Max(_last, newest + random.Below(FarAhead));
        Attach(_member);
    }

    private void Wake()
    {
        if (_planned || _member is null) return;
        _planned = true;
        int life = _life;
        world.Timeline.After(TimeSpan.FromMicroseconds(random.Between(10, 3000)), () =>
        {
            _planned = false;
            if (_member is { IsUp: true } && _member.Life == life) Take();
        });
    }

    private void Take()
    {
        if (_watcher is null || _member is not { IsUp: true } || _member.Life != _life || world.Timeline.Now < _asleepUntil) return;
        while (true)
        {
            while (_watcher.TryTake(BatchBytes, out var batch))
                foreach (var changes in batch.Changes) Told(changes);
            if (_watcher.CompactedAt is not { } at) break;
            Restart(at);
        }
        Bookmark();
    }

    private void Told(RevisionChanges changes)
    {
        if (world.Mutant == Mutant.WatchLosesOneRevision && changes.Revision.Value % 37 == 0) return;
        long revision = changes.Revision.Value;
        Violation.Unless(revision >= _start, "watch-resumable", () => $"{name} at {_member!.Id} was told of {revision}, it began at {_start}");
        Violation.Unless(revision > _last, "watch-ordered-unique", () => $"{name} at {_member!.Id} was told of {revision} after {_last}");
        int next = world.Model.FirstAfter(_last);
        var expected = next < world.Model.Changes.Count ? world.Model.Changes[next] : default;
        Violation.Unless(expected.Revision == revision, "watch-reliable", () => $"{name} at {_member!.Id} was told of {revision} after {_last}; next is {expected}");
        Violation.Unless(changes.Events.Length == 1, "watch-atomic", () => $"{changes.Events.Length} events at {revision}");
        var told = changes.Events[0];
        string? value = told.Kind == StoreEventKind.Delete ? null : KeyModel.Text(told.Kv.Value);
        bool same = KeyModel.Text(told.Kv.Key) == expected.Key && value == expected.Value;
        Violation.Unless(same, "watch-atomic", () => $"at {revision}: told {KeyModel.Text(told.Kv.Key)}={value}, is {expected}");
        _last = revision;
        Events++;
    }

    /// <summary>An explicit end instead of a gap: only where what it needed next is really gone.</summary>
    private void Restart(Revision compactedAt)
    {
        Compacted++;
        long gone = _member!.Store!.Snapshot().CompactedAt;
        Violation.Unless(_last + 1 <= gone && compactedAt.Value <= gone, "watch-resumable", () => $"{name} at {_last}: told compacted at {compactedAt}, is {gone}");
        _last = Math.Max(_last, compactedAt.Value - 1);
        Attach(_member);
    }

    /// <summary>A bookmark promises that all up to it was handed out.</summary>
    private void Bookmark()
    {
        long progress = _watcher!.Progress.Value;
        int next = world.Model.FirstAfter(_last);
        bool complete = next >= world.Model.Changes.Count || world.Model.Changes[next].Revision > progress;
        Violation.Unless(complete, "watch-bookmarkable", () => $"{name} at {_member!.Id}: bookmark {progress}, told up to {_last}, missed {world.Model.Changes[next]}");
    }
}
