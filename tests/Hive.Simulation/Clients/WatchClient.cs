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

    public long Events { get; private set; }
    public long Compacted { get; private set; }

    public void Start() => Poll();

    /// <summary>Once all is quiet: it must have been told everything.</summary>
    public void CheckComplete()
    {
        Attach();
        Take();
        int missing = world.Model.Changes.Count - world.Model.FirstAfter(_last);
        Violation.Unless(missing == 0, "watch-reliable", () => $"{name} was never told of {missing} changes after {_last}");
    }

    private void Poll()
    {
        if (_member is null || !_member.IsUp || _member.Life != _life || random.OneIn(60)) Attach();
        Take();
        world.Timeline.After(random.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(900)), Poll);
    }

    private void Attach()
    {
        if (_watcher is not null && _member is { IsUp: true } && _member.Life == _life) _watcher.Dispose();
        _watcher = null;
        _member = world.PickMember(random);
        if (_member is null) return;
        _life = _member.Life;
        _watcher = _member.Store!.Watches.Open(new WatchQuery("k/"u8.ToArray(), "k0"u8.ToArray(), new Revision(_last + 1)), Wake);
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
        if (_watcher is null || _member is not { IsUp: true } || _member.Life != _life) return;
        while (_watcher.TryTake(BatchBytes, out var batch))
            foreach (var changes in batch.Changes) Told(changes);
        if (_watcher.CompactedAt is { } at) Restart(at);
        else Bookmark();
    }

    private void Told(RevisionChanges changes)
    {
        if (world.Mutant == Mutant.WatchLosesOneRevision && changes.Revision.Value % 37 == 0) return;
        long revision = changes.Revision.Value;
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
        Attach();
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
