using static Hive.Store.Tests.StoreDriver;

namespace Hive.Store.Tests;

public sealed class KeyValueTests
{
    private readonly StoreDriver _store = new();

    [Fact]
    public void Empty_store_is_at_revision_1_and_the_first_write_makes_2()
    {
        Assert.Equal(new Revision(1), _store.Store.Revision);
        Assert.Equal(new Revision(2), _store.Put("a", "1"));
    }

    [Fact]
    public void Versions_count_puts_since_creation_and_start_anew_after_a_delete()
    {
        _store.Put("a", "1");
        _store.Put("a", "2");
        var kv = _store.Store.Snapshot().Get(B("a"))!;
        Assert.Equal((2L, new Revision(2), new Revision(3)), (kv.Version, kv.CreateRevision, kv.ModRevision));
        _store.Delete("a");
        _store.Put("a", "3");
        kv = _store.Store.Snapshot().Get(B("a"))!;
        Assert.Equal((1L, new Revision(5), new Revision(5)), (kv.Version, kv.CreateRevision, kv.ModRevision));
    }

    [Fact]
    public void Delete_of_nothing_makes_no_revision()
    {
        _store.Put("a", "1");
        var applied = _store.Do(new DeleteOperation(B("b"), B("z")));
        Assert.Equal(new Revision(2), applied.Revision);
        Assert.Equal(0, ((DeleteResult)applied.Result!).Deleted);
    }

    [Fact]
    public void Old_revisions_stay_readable()
    {
        _store.Put("a", "1");
        _store.Put("b", "1");
        _store.Put("a", "2");
        _store.Delete("b");
        Assert.Equal(["a"], Keys(_store.Range("a", "z", 2)));
        Assert.Equal(["a", "b"], Keys(_store.Range("a", "z", 3)));
        Assert.Equal("1", S(_store.Range("a", "", 3).Kvs[0].Value));
        Assert.Equal("2", S(_store.Range("a", "", 4).Kvs[0].Value));
        Assert.Equal(["a", "b"], Keys(_store.Range("a", "z", 4)));
        Assert.Equal(["a"], Keys(_store.Range("a", "z", 5)));
    }

    [Fact]
    public void Target_without_an_order_sorts_what_the_limit_left_and_with_one_all_of_it()
    {
        foreach (var (key, value) in (ReadOnlySpan<(string, string)>)[("a", "3"), ("b", "2"), ("c", "1")]) _store.Put(key, value);
        var query = new RangeQuery(B("a")) { RangeEnd = B("z"), Limit = 1, Target = SortTarget.Value };
        var snapshot = _store.Store.Snapshot();
        // As etcd has it: limit and one more are read in key order, then sorted, then cut.
        var unordered = StoreDriver.Range(snapshot, query);
        Assert.Equal(["b"], Keys(unordered));
        Assert.Equal((true, 3L), (unordered.More, unordered.Count));
        Assert.Equal(["c"], Keys(StoreDriver.Range(snapshot, query with { Order = SortOrder.Ascend })));
        Assert.Equal(["c"], Keys(StoreDriver.Range(snapshot, query with { MinModRevision = 1 })));
        Assert.Equal(["c", "b", "a"], Keys(StoreDriver.Range(snapshot, query with { Limit = long.MaxValue })));
    }

    [Fact]
    public void Snapshot_shows_its_own_revision_whatever_is_written_after()
    {
        for (var i = 0; i < 500; i++) _store.Put($"k{i:d4}", "old");
        var snapshot = _store.Store.Snapshot();
        for (var i = 0; i < 500; i++) _store.Put($"k{i:d4}", "new");
        _store.Delete("k0000", "k0100");
        var seen = snapshot.Scan(default, default).ToList();
        Assert.Equal(500, seen.Count);
        Assert.All(seen, kv => Assert.Equal("old", S(kv.Value)));
    }

    [Fact]
    public void Malformed_entry_is_answered_and_moves_only_the_index()
    {
        _store.Put("a", "1");
        var applied = _store.ApplyBytes([0xEE, 1, 2]);
        Assert.Equal(StoreError.Malformed, applied.Error);
        Assert.Equal(new Revision(2), applied.Revision);
        Assert.Equal(new LogIndex(2), _store.Store.AppliedIndex);
    }

    [Fact]
    public void Empty_entry_moves_index_term_and_time()
    {
        _store.Term = new Term(7);
        _store.Now = new LogTime(42);
        _store.ApplyBytes([]);
        Assert.Equal(new Term(7), _store.Store.AppliedTerm);
        Assert.Equal(new LogTime(42), _store.Store.LastStamp.Log);
    }

    [Fact]
    public void Compacted_revisions_are_refused_and_the_compaction_revision_is_not()
    {
        for (var i = 0; i < 10; i++) _store.Put("a", $"{i}");
        Assert.Equal(StoreError.None, _store.Apply(new CompactCommand(new Revision(6))).Error);
        Assert.Equal(StoreError.Compacted, _store.Apply(new CompactCommand(new Revision(6))).Error);
        Assert.Equal(StoreError.FutureRevision, _store.Apply(new CompactCommand(new Revision(99))).Error);
        var snapshot = _store.Store.Snapshot();
        Assert.Equal(StoreError.Compacted, snapshot.Range(new RangeQuery(B("a")) { At = new Revision(5) }, out _));
        Assert.Equal(StoreError.FutureRevision, snapshot.Range(new RangeQuery(B("a")) { At = new Revision(12) }, out _));
        Assert.Equal("4", S(_store.Range("a", "", 6).Kvs[0].Value));
        Assert.Equal("9", _store.Value("a"));
    }
}
