using static Hive.Store.Tests.StoreDriver;

namespace Hive.Store.Tests;

/// <summary>The promises of a watch, each under its name.</summary>
public sealed class WatchTests
{
    private readonly StoreDriver _store = new();

    private Watcher Open(string key, string end = "", long start = 0, Action? onReady = null) =>
        _store.Store.Watches.Open(new WatchQuery(B(key), B(end), new Revision(start)), onReady ?? (() => { }));

    private static List<RevisionChanges> TakeAll(Watcher watcher, int maxBytes = 1_000)
    {
        var taken = new List<RevisionChanges>();
        while (watcher.TryTake(maxBytes, out var batch)) taken.AddRange(batch.Changes);
        return taken;
    }

    private void PutMany(int count, string prefix = "k")
    {
        for (var i = 0; i < count; i++) _store.Put($"{prefix}{i % 10}", $"{i}");
    }

    [Theory, InlineData(0), InlineData(2)]
    public void Ordered_events_come_in_the_order_of_their_revisions(long start)
    {
        var watcher = Open("k", "l", start);
        PutMany(3_000);
        var revisions = TakeAll(watcher).ConvertAll(c => c.Revision.Value);
        Assert.Equal(revisions.Order(), revisions);
    }

    [Fact]
    public void Watchers_that_stand_at_the_same_revision_share_one_batch_and_each_sees_all()
    {
        var watchers = Enumerable.Range(0, 5).Select(_ => Open("k", "l")).ToList();
        var early = Open("k", "l");
        PutMany(3);
        Assert.True(early.TryTake(1_000_000, out var first));
        PutMany(4);
        Assert.True(watchers[0].TryTake(1_000_000, out var shared));
        Assert.Equal(7, shared.Changes.Length);
        foreach (var watcher in watchers.Skip(1))
        {
            Assert.True(watcher.TryTake(1_000_000, out var batch));
            Assert.Same(shared, batch);
        }
        // One that stands elsewhere, or asks for less at once, gets its own.
        Assert.True(early.TryTake(1_000_000, out var rest));
        Assert.Equal(shared.Changes.AsEnumerable(), first.Changes.Concat(rest.Changes));
        Assert.Equal(new Revision(8), early.Progress);
        PutMany(3);
        Assert.True(watchers[0].TryTake(1_000_000, out _));
        Assert.True(watchers[1].TryTake(1, out var small));
        Assert.Single(small.Changes);
        PutMany(1);
        Assert.Equal(4, TakeAll(watchers[2]).Count);
        Assert.Equal(3, TakeAll(watchers[1]).Count);
        Assert.Single(TakeAll(watchers[0]));
    }

    [Fact]
    public void Unique_no_event_comes_twice_across_the_change_from_history_to_the_present()
    {
        PutMany(50);
        var watcher = Open("k", "l", 2);
        var taken = new List<RevisionChanges>();
        for (var i = 0; i < 200; i++)
        {
            PutMany(7);
            if (watcher.TryTake(300, out var batch)) taken.AddRange(batch.Changes);
        }
        taken.AddRange(TakeAll(watcher));
        Assert.Equal(Enumerable.Range(2, 1_450).Select(r => (long)r), taken.Select(c => c.Revision.Value));
    }

    [Fact]
    public void Unique_a_key_written_twice_in_one_revision_is_one_event()
    {
        _store.Put("a", "0");
        var watcher = Open("a");
        _store.Apply(new ControlBatchCommand(
            new DecisionHeader(_store.Term, 1, _store.Store.Revision, default, 1),
            List(
                new GuardedTransaction([], List<Operation>(new PutOperation(B("a"), B("1"))), []),
                new GuardedTransaction([], List<Operation>(new DeleteOperation(B("a"))), []),
                new GuardedTransaction([], List<Operation>(new PutOperation(B("a"), B("2"))), []))));
        var change = Assert.Single(Assert.Single(TakeAll(watcher)).Events);
        Assert.Equal(("2", "0"), (S(change.Kv.Value), S(change.Previous!.Value)));
        Assert.Equal(new Revision(3), change.Kv.ModRevision);
    }

    [Theory, InlineData(0), InlineData(2)]
    public void Atomic_events_of_one_revision_are_never_split(long start)
    {
        var watcher = Open("k", "l", start);
        for (var round = 0; round < 50; round++)
        {
            _store.Do(new TxnOperation([], [.. Enumerable.Range(0, 20).Select(i => new PutOperation(B($"k{i:d2}"), B($"{round}")))], []));
        }
        while (watcher.TryTake(100, out var batch)) Assert.All(batch.Changes, c => Assert.Equal(20, c.Events.Length));
        Assert.Equal(_store.Store.Revision, watcher.Progress);
    }

    [Fact]
    public void Reliable_a_watcher_that_fell_far_behind_misses_nothing()
    {
        var watcher = Open("k", "l");
        PutMany(StoreLimits.WatchBacklogRevisions * 3);
        Assert.Equal(StoreLimits.WatchBacklogRevisions * 3, TakeAll(watcher).Count);
    }

    [Fact]
    public void Reliable_a_waiting_watcher_is_called_and_one_that_does_not_wait_is_not()
    {
        var calls = 0;
        var watcher = Open("a", onReady: () => calls++);
        _store.Put("a", "1");
        Assert.Equal(0, calls);
        Assert.Single(TakeAll(watcher));
        _store.Put("b", "1");
        Assert.Equal(0, calls);
        _store.Put("a", "2");
        _store.Put("a", "3");
        Assert.Equal(1, calls);
        Assert.Equal(2, TakeAll(watcher).Count);
    }

    [Fact]
    public void Apply_tells_no_watcher_itself_when_somebody_else_does()
    {
        int calls = 0, requests = 0;
        _store.Store.Watches.WakeRequested = () => requests++;
        var watchers = Enumerable.Range(0, 100).Select(_ => Open("a", onReady: () => calls++)).ToList();
        watchers.ForEach(w => Assert.False(w.TryTake(100, out _)));
        _store.Put("a", "1");
        Assert.Equal((0, 1), (calls, requests));
        _store.Put("b", "1");
        _store.Store.Watches.WakeReady();
        Assert.Equal(100, calls);
        Assert.All(watchers, w => Assert.Single(TakeAll(w)));
    }

    [Fact]
    public void Resumable_a_watch_from_the_revision_after_the_last_seen_goes_on_without_a_gap()
    {
        PutMany(40);
        var first = Open("k", "l", 2);
        Assert.True(first.TryTake(500, out var batch));
        first.Dispose();
        var second = Open("k", "l", batch.Revision.Value + 1);
        PutMany(40);
        var seen = batch.Changes.Concat(TakeAll(second)).Select(c => c.Revision.Value);
        Assert.Equal(Enumerable.Range(2, 80).Select(r => (long)r), seen);
    }

    [Fact]
    public void Bookmarkable_progress_moves_with_revisions_that_do_not_concern_the_watcher()
    {
        var watcher = Open("a");
        PutMany(5);
        Assert.False(watcher.TryTake(100, out _));
        Assert.Equal(_store.Store.Revision, watcher.Progress);
    }

    [Fact]
    public void Bookmarkable_progress_never_passes_an_event_that_was_not_taken()
    {
        var watcher = Open("a");
        _store.Put("b", "1");
        var event1 = _store.Put("a", "1");
        _store.Put("b", "2");
        Assert.True(watcher.Progress < event1);
        Assert.Single(TakeAll(watcher));
        Assert.Equal(_store.Store.Revision, watcher.Progress);
    }

    [Fact]
    public void Start_below_the_compaction_is_an_explicit_cancel()
    {
        PutMany(20);
        _store.Apply(new CompactCommand(new Revision(10)));
        var watcher = Open("k", "l", 9);
        Assert.Empty(TakeAll(watcher));
        Assert.Equal(new Revision(10), watcher.CompactedAt);
        Assert.Equal(12, TakeAll(Open("k", "l", 10)).Count);
    }

    [Fact]
    public void Watcher_overtaken_by_compaction_is_cancelled_and_never_given_a_gap()
    {
        var watcher = Open("k", "l");
        PutMany(StoreLimits.RecentRevisions + StoreLimits.WatchBacklogRevisions);
        _store.Apply(new CompactCommand(_store.Store.Revision));
        Assert.Empty(TakeAll(watcher));
        Assert.Equal(_store.Store.Revision, watcher.CompactedAt);
    }

    [Fact]
    public void Start_in_the_future_waits_for_that_revision()
    {
        var watcher = Open("k", "l", 10);
        Assert.Equal(new Revision(1), watcher.Progress);
        PutMany(12);
        Assert.Equal([10L, 11, 12, 13], TakeAll(watcher).Select(c => c.Revision.Value));
    }

    [Fact]
    public void Delete_event_carries_only_key_and_revision_and_what_was_there_before()
    {
        _store.Put("a", "1");
        var watcher = Open("a");
        var deleted = _store.Delete("a");
        var change = Assert.Single(Assert.Single(TakeAll(watcher)).Events);
        Assert.Equal(StoreEventKind.Delete, change.Kind);
        Assert.Equal(("a", 0, deleted, 0L), (S(change.Kv.Key), change.Kv.Value.Length, change.Kv.ModRevision, change.Kv.Version));
        Assert.Equal("1", S(change.Previous!.Value));
    }

    [Fact]
    public void Filters_leave_out_puts_or_deletes()
    {
        var puts = _store.Store.Watches.Open(new WatchQuery(B("a"), NoDelete: true), () => { });
        var deletes = _store.Store.Watches.Open(new WatchQuery(B("a"), NoPut: true), () => { });
        _store.Put("a", "1");
        _store.Delete("a");
        Assert.Equal(StoreEventKind.Put, Assert.Single(Assert.Single(TakeAll(puts)).Events).Kind);
        Assert.Equal(StoreEventKind.Delete, Assert.Single(Assert.Single(TakeAll(deletes)).Events).Kind);
    }

    [Fact]
    public void Watchers_of_one_query_share_one_event_object()
    {
        var watchers = Enumerable.Range(0, 100).Select(_ => Open("k", "l")).ToList();
        _store.Put("k1", "1");
        var events = watchers.ConvertAll(w => Assert.Single(TakeAll(w)));
        Assert.All(events, e => Assert.Same(events[0], e));
    }

    [Fact]
    public void Ranges_of_every_shape_are_found()
    {
        var random = new RandomCommands(5);
        var watched = new List<(string Key, string End, Watcher Watcher)>();
        for (var i = 0; i < 300; i++)
        {
            var (key, end) = random.Range();
            watched.Add((S(key), S(end), Open(S(key), S(end))));
        }
        for (var i = 0; i < 100; i++) watched[i].Watcher.Dispose();
        var written = new List<string>();
        for (var i = 0; i < 200; i++)
        {
            written.Add(random.Key());
            _store.Put(written[^1], "v");
        }
        foreach (var (key, end, watcher) in watched.Skip(100))
        {
            var expected = written.Where(k => NaiveModel.In(new(StringComparer.Ordinal) { [k] = new(k, "", 0, 0, 0, 0) }, key, end).Any());
            Assert.Equal(expected, TakeAll(watcher).Select(c => S(Assert.Single(c.Events).Kv.Key)));
        }
    }

    [Fact]
    public void Closed_watchers_leave_nothing_behind()
    {
        var watchers = Enumerable.Range(0, 50).Select(i => Open($"k{i}", i % 2 == 0 ? "" : "z")).ToList();
        watchers.ForEach(w => w.Dispose());
        watchers.ForEach(w => w.Dispose());
        Assert.Equal(0, _store.Store.Watches.Count);
        _store.Put("k1", "1");
        Assert.False(watchers[1].TryTake(100, out _));
    }

    [Fact]
    public void Watchers_go_on_after_a_state_was_installed()
    {
        PutMany(5);
        var other = new StoreDriver(CopyOf(_store.Store.Snapshot()));
        var watcher = other.Store.Watches.Open(new WatchQuery(B("k"), B("l")), () => { });
        PutMany(5);
        var import = new Transfer.StateImport();
        foreach (var chunk in _store.Store.Snapshot().Export()) Assert.True(import.Add(chunk));
        other.Store.Install(import);
        Assert.Equal([7L, 8, 9, 10, 11], TakeAll(watcher).Select(c => c.Revision.Value));
    }

    [Fact]
    public async Task Takers_on_other_threads_see_every_event_while_writes_go_on()
    {
        const int Writes = 5_000;
        using var ready = new SemaphoreSlim(0);
        var watchers = Enumerable.Range(0, 4).Select(i => (Watcher: Open("k", "l", i == 0 ? 2 : 0, () => ready.Release(4)), Seen: new List<long>())).ToList();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var takers = watchers.ConvertAll(w => Task.Run(async () =>
        {
            while (w.Seen.Count < Writes)
            {
                while (w.Watcher.TryTake(10_000, out var batch)) w.Seen.AddRange(batch.Changes.Select(c => c.Revision.Value));
                if (w.Seen.Count < Writes) await ready.WaitAsync(TimeSpan.FromMilliseconds(50), deadline.Token);
            }
        }));
        PutMany(Writes);
        await Task.WhenAll(takers);
        foreach (var (_, seen) in watchers) Assert.Equal(Enumerable.Range(2, Writes).Select(r => (long)r), seen);
    }
}
