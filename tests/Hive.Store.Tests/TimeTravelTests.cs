using Hive.Store.Reads;
using static Hive.Store.Tests.StoreDriver;

namespace Hive.Store.Tests;

/// <summary>Revisions and times, the life of a key, going back, and moving on above what may have been handed out.</summary>
public sealed class TimeTravelTests
{
    private readonly StoreDriver _store = new();

    private static string Tell(KeyVersion version) =>
        $"{version.Kv.ModRevision}:{(version.Kind == StoreEventKind.Put ? S(version.Kv.Value) : "deleted")}{(version.Made is null ? "?" : "")}";

    private static WallTime Wall(TimeSpan time) => new(time.Ticks + 1_000);

    private StoreError Restore(string key, string end, long to, long since, out RestoreResult? result)
    {
        var applied = _store.Apply(new RestoreCommand(B(key), B(end), new Revision(to), new Revision(since)));
        result = (RestoreResult?)applied.Result;
        return applied.Error;
    }

    [Fact]
    public void A_time_names_the_revision_that_was_current_then_and_one_before_history_is_compacted()
    {
        _store.Now = new LogTime(TimeSpan.FromSeconds(10).Ticks);
        _store.Put("a", "1");
        _store.Now += TimeSpan.FromSeconds(10);
        _store.Put("a", "2");
        var snapshot = _store.Store.Snapshot();
        foreach (var (seconds, revision) in new[] { (5, 1), (10, 2), (15, 2), (20, 3), (99, 3) })
        {
            Assert.Equal(StoreError.None, snapshot.RevisionAt(Wall(TimeSpan.FromSeconds(seconds)), out var found));
            Assert.Equal(revision, found.Value);
        }
        _store.Apply(new CompactCommand(new Revision(3)));
        snapshot = _store.Store.Snapshot();
        Assert.Equal(StoreError.Compacted, snapshot.RevisionAt(Wall(TimeSpan.FromSeconds(15)), out _));
        Assert.Equal(StoreError.None, snapshot.RevisionAt(Wall(TimeSpan.FromSeconds(20)), out var kept));
        Assert.Equal((3L, 3L), (kept.Value, snapshot.OldestKept.Value));
    }

    [Fact]
    public void The_life_of_a_key_is_told_newest_first_with_its_deletions()
    {
        _store.Put("k", "a");
        _store.Put("other", "x");
        _store.Delete("k");
        _store.Put("k", "b");
        _store.Put("k", "c");
        Assert.Equal(["6:c", "5:b", "4:deleted", "2:a"], _store.Store.Snapshot().Versions(B("k")).Select(Tell));
        Assert.Empty(_store.Store.Snapshot().Versions(B("none")));
    }

    [Fact]
    public void A_version_still_seen_at_the_oldest_kept_revision_is_told_even_when_its_time_is_forgotten()
    {
        _store.Put("k", "gone");
        _store.Put("k", "seen");
        _store.Put("other", "x");
        _store.Put("k", "new");
        _store.Apply(new CompactCommand(new Revision(4)));
        _store.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(["5:new", "3:seen?"], _store.Store.Snapshot().Versions(B("k")).Select(Tell));
    }

    [Fact]
    public void A_restore_is_one_revision_in_which_every_key_of_the_range_is_as_it_was()
    {
        _store.Put("p/changed", "old");
        _store.Put("p/deleted", "back");
        var to = _store.Put("p/same", "same");
        _store.Put("p/changed", "new");
        _store.Delete("p/deleted");
        _store.Put("p/added", "x");
        var before = _store.Put("q", "untouched");
        Assert.Equal(StoreError.None, Restore("p/", "p0", to.Value, before.Value, out var result));
        Assert.Equal(new RestoreResult(2, 1, 0), result);
        Assert.Equal(before.Next, _store.Store.Revision);
        var snapshot = _store.Store.Snapshot();
        snapshot.Differences(B("p/"), B("p0"), to, Revision.Zero, out var differences);
        Assert.Empty(differences);
        Assert.Equal(["p/changed=old", "p/deleted=back", "p/same=same"], _store.Range("p/", "p0").Kvs.Select(kv => $"{S(kv.Key)}={S(kv.Value)}"));
        Assert.Equal(4, snapshot.Get(B("p/same"))!.ModRevision.Value);
        Assert.Equal("untouched", _store.Value("q"));
    }

    [Fact]
    public void A_restore_is_refused_whole_when_the_range_was_changed_after_it_was_looked_at()
    {
        var to = _store.Put("p/a", "1");
        var seen = _store.Put("p/a", "2");
        _store.Put("elsewhere", "x");
        Assert.Equal(StoreError.None, Restore("p/", "p0", to.Value, seen.Value, out _));
        // The repetition of a restore finds the range changed: by the first.
        Assert.Equal(StoreError.RangeChanged, Restore("p/", "p0", to.Value, seen.Value, out _));
        var again = _store.Store.Revision;
        _store.Put("p/b", "somebody else's");
        _store.Delete("p/b");
        _store.Put("p/b", "again");
        Assert.Equal(StoreError.RangeChanged, Restore("p/", "p0", to.Value, again.Value, out var result));
        Assert.Null(result);
        Assert.Equal("again", _store.Value("p/b"));
    }

    [Fact]
    public void A_key_of_a_lease_that_ended_is_left_alone_and_one_of_a_living_lease_is_attached_again()
    {
        _store.Apply(new LeaseGrantCommand(new LeaseId(7), 100));
        _store.Apply(new LeaseGrantCommand(new LeaseId(8), 100));
        _store.Put("k7", "v", 7);
        var to = _store.Put("k8", "v", 8);
        _store.Apply(new LeaseRevokeCommand(new LeaseId(7)));
        _store.Delete("k8");
        Assert.Equal(StoreError.None, Restore("k", "l", to.Value, 0, out var result));
        Assert.Equal(new RestoreResult(1, 0, 1), result);
        Assert.Null(_store.Value("k7"));
        Assert.Equal(["k8"], _store.Store.Snapshot().FindLease(new LeaseId(8))!.Keys.Select(S));
    }

    [Fact]
    public void A_restore_beyond_its_bounds_or_to_a_revision_that_is_not_kept_changes_nothing()
    {
        for (var i = 0; i < StoreLimits.RestoreKeys + 1; i += 10_000)
        {
            var first = i;
            var puts = Enumerable.Range(i, Math.Min(10_000, StoreLimits.RestoreKeys + 1 - i)).Select(n => (Operation)new PutOperation(B($"k{n:d6}"), B("v")));
            Assert.Equal(StoreError.None, _store.Do(new TxnOperation([], [.. puts], [])).Error);
        }
        var revision = _store.Store.Revision;
        Assert.Equal(StoreError.RangeTooLarge, Restore("k", "l", 1, 0, out _));
        Assert.Equal(StoreError.FutureRevision, Restore("k", "l", revision.Value + 1, 0, out _));
        Assert.Equal(StoreError.Malformed, Restore("k", "l", 0, 0, out _));
        Assert.Equal(StoreError.EmptyKey, Restore("", "l", 1, 0, out _));
        Assert.Equal(revision, _store.Store.Revision);
        // One key fewer fits.
        _store.Delete("k000000");
        Assert.Equal(StoreError.None, Restore("k", "l", 1, 0, out var result));
        Assert.Equal(StoreLimits.RestoreKeys, result!.Deleted);
        _store.Apply(new CompactCommand(_store.Store.Revision));
        Assert.Equal(StoreError.Compacted, Restore("k", "l", 1, 0, out _));
    }

    [Fact]
    public void A_revision_that_was_advanced_is_never_handed_out_and_those_before_are_compacted()
    {
        _store.Put("a", "1");
        _store.Put("a", "2");
        using var current = _store.Store.Watches.Open(new WatchQuery(B("a")), () => { });
        using var old = _store.Store.Watches.Open(new WatchQuery(B("a"), default, new Revision(2)), () => { });
        var advanced = _store.Apply(new AdvanceRevisionCommand(new Revision(1_000)));
        Assert.Equal(1_000, advanced.Revision.Value);
        Assert.Equal(StoreError.Compacted, _store.Store.Snapshot().Range(new RangeQuery(B("a")) { At = new Revision(3) }, out _));
        Assert.Equal("2", _store.Value("a"));
        Assert.Equal(1_001, _store.Put("a", "3").Value);
        // A watch from before is told so, and never given a gap as if it were none; a new one begins above.
        while (old.TryTake(1 << 20, out _))
        {
        }
        Assert.Equal(1_000, old.CompactedAt?.Value);
        using var late = _store.Store.Watches.Open(new WatchQuery(B("a"), default, new Revision(1_000)), () => { });
        Assert.True(late.TryTake(1 << 20, out var batch));
        Assert.Equal([1_001], batch.Changes.Select(c => c.Revision.Value));
        Assert.Equal(_store.Store.Digest, CopyOf(_store.Store.Snapshot()).Digest);
    }

    [Fact]
    public void Advancing_to_a_revision_passed_already_or_absurdly_far_changes_nothing()
    {
        var at = _store.Put("a", "1");
        Assert.Equal(StoreError.None, _store.Apply(new AdvanceRevisionCommand(at)).Error);
        Assert.Equal(StoreError.Malformed, _store.Apply(new AdvanceRevisionCommand(new Revision(long.MaxValue))).Error);
        Assert.Equal(at, _store.Store.Revision);
        Assert.Equal(-1, _store.Store.Snapshot().CompactedAt);
    }
}
