using static Hive.Store.Tests.StoreDriver;

namespace Hive.Store.Tests;

public sealed class LeaseTests
{
    private readonly StoreDriver _store = new();

    private void Grant(long id, long seconds) => Assert.Equal(StoreError.None, _store.Apply(new LeaseGrantCommand(new LeaseId(id), seconds)).Error);

    [Fact]
    public void Expiry_deletes_the_keys_of_a_lease_in_one_revision()
    {
        Grant(7, 10);
        _store.Put("a", "1", 7);
        var last = _store.Put("b", "1", 7);
        _store.Pass(TimeSpan.FromSeconds(9.9));
        Assert.Equal("1", _store.Value("a"));
        _store.Pass(TimeSpan.FromSeconds(0.1));
        Assert.Null(_store.Value("a"));
        Assert.Null(_store.Value("b"));
        Assert.Equal(last.Next, _store.Store.Revision);
        Assert.Null(_store.Store.Snapshot().FindLease(new LeaseId(7)));
    }

    [Fact]
    public void Leases_that_end_together_end_in_the_order_of_deadline_and_id()
    {
        Grant(3, 5);
        Grant(2, 6);
        Grant(1, 6);
        foreach (var id in new[] { 1, 2, 3 }) _store.Put($"k{id}", "v", id);
        var watcher = _store.Store.Watches.Open(new WatchQuery(B("k"), B("l")), () => { });
        _store.Pass(TimeSpan.FromSeconds(60));
        Assert.True(watcher.TryTake(10_000, out var batch));
        Assert.Equal(["k3", "k1", "k2"], batch.Changes.Select(c => S(Assert.Single(c.Events).Kv.Key)));
    }

    [Fact]
    public void Renewal_counts_from_its_own_stamp_and_an_ended_lease_stays_ended()
    {
        Grant(1, 10);
        _store.Now += TimeSpan.FromSeconds(8);
        var renewed = (LeaseRenewResult)_store.Apply(new LeaseRenewCommand([new LeaseId(1), new LeaseId(2)])).Result!;
        Assert.Equal([10L, 0L], renewed.TimeToLiveSeconds.ToArray());
        _store.Pass(TimeSpan.FromSeconds(9));
        Assert.NotNull(_store.Store.Snapshot().FindLease(new LeaseId(1)));
        _store.Now += TimeSpan.FromSeconds(1);
        renewed = (LeaseRenewResult)_store.Apply(new LeaseRenewCommand([new LeaseId(1)])).Result!;
        Assert.Equal([0L], renewed.TimeToLiveSeconds.ToArray());
    }

    [Fact]
    public void Key_put_again_without_a_lease_outlives_it()
    {
        Grant(1, 10);
        _store.Put("a", "1", 1);
        _store.Put("a", "2");
        _store.Pass(TimeSpan.FromSeconds(20));
        Assert.Equal("2", _store.Value("a"));
    }

    [Fact]
    public void Put_with_an_unknown_lease_is_refused_and_changes_nothing()
    {
        var applied = _store.Do(new PutOperation(B("a"), B("1"), new LeaseId(99)));
        Assert.Equal(StoreError.LeaseNotFound, applied.Error);
        Assert.Null(_store.Value("a"));
        Assert.Equal(new Revision(1), _store.Store.Revision);
    }

    [Fact]
    public void Put_in_the_entry_in_which_its_lease_is_due_is_refused()
    {
        Grant(1, 10);
        _store.Now += TimeSpan.FromSeconds(10);
        Assert.Equal(StoreError.LeaseNotFound, _store.Do(new PutOperation(B("a"), B("1"), new LeaseId(1))).Error);
    }

    [Fact]
    public void Put_after_its_lease_was_revoked_is_refused_also_inside_a_transaction()
    {
        Grant(1, 10);
        _store.Put("a", "1", 1);
        var revision = _store.Apply(new LeaseRevokeCommand(new LeaseId(1))).Revision;
        var put = new PutOperation(B("b"), B("1"), new LeaseId(1));
        Assert.Equal(StoreError.LeaseNotFound, _store.Do(put).Error);
        Assert.Equal(StoreError.LeaseNotFound, _store.Do(new TxnOperation([], [new PutOperation(B("c"), B("1")), put], [])).Error);
        Assert.Equal(revision, _store.Store.Revision);
        Assert.Null(_store.Value("c"));
        // One granted anew under the same id is another lease, and has no keys.
        Grant(1, 10);
        Assert.Empty(_store.Store.Snapshot().FindLease(new LeaseId(1))!.Keys);
        Assert.Equal(StoreError.None, _store.Do(put).Error);
    }

    [Fact]
    public void Revoke_of_a_lease_with_no_keys_makes_no_revision()
    {
        Grant(1, 10);
        Assert.Equal(new Revision(1), _store.Apply(new LeaseRevokeCommand(new LeaseId(1))).Revision);
        Assert.Equal(StoreError.LeaseNotFound, _store.Apply(new LeaseRevokeCommand(new LeaseId(1))).Error);
    }

    [Fact]
    public void Grant_refuses_an_id_in_use_and_a_time_that_is_too_long()
    {
        Grant(1, 10);
        Assert.Equal(StoreError.LeaseExists, _store.Apply(new LeaseGrantCommand(new LeaseId(1), 10)).Error);
        Assert.Equal(StoreError.LeaseTimeToLiveTooLarge, _store.Apply(new LeaseGrantCommand(new LeaseId(2), 9_000_000_001)).Error);
        Assert.Equal(StoreError.None, _store.Apply(new LeaseGrantCommand(new LeaseId(2), 9_000_000_000)).Error);
    }

    [Fact]
    public void Next_deadline_is_the_earliest_lease()
    {
        Assert.Null(_store.Store.NextDeadline);
        Grant(1, 10);
        Grant(2, 5);
        Assert.Equal(new LogTime(TimeSpan.FromSeconds(5).Ticks), _store.Store.NextDeadline);
        var view = _store.Store.Snapshot().FindLease(new LeaseId(1))!;
        Assert.Equal((10L, new LogTime(TimeSpan.FromSeconds(10).Ticks)), (view.GrantedSeconds, view.Deadline));
        Assert.Equal([new LeaseId(1), new LeaseId(2)], _store.Store.Snapshot().Leases().ToArray());
    }

    [Fact]
    public void Log_time_that_steps_back_counts_as_standing_still()
    {
        Grant(1, 10);
        _store.Pass(TimeSpan.FromSeconds(5));
        _store.Now = LogTime.Zero;
        _store.Apply(new TickCommand());
        Assert.Equal(new LogTime(TimeSpan.FromSeconds(5).Ticks), _store.Store.LastStamp.Log);
    }
}
