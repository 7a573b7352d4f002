using System.Collections.Immutable;
using static Hive.Store.Tests.StoreDriver;

namespace Hive.Store.Tests;

public sealed class ControlBatchTests
{
    private readonly StoreDriver _store = new() { Term = new Term(3) };

    private ApplyResult Decide(params GuardedTransaction[] transactions) => Decide(_store.Term, transactions);

    private ApplyResult Decide(Term leadership, params GuardedTransaction[] transactions) =>
        _store.Apply(new ControlBatchCommand(new DecisionHeader(leadership, 1, _store.Store.Revision, default, 1), [.. transactions]));

    private static GuardedTransaction When(Guard guard, params Operation[] writes) => new([guard], [.. writes], []);
    private static PutOperation Put(string key, string value = "v") => new(B(key), B(value));
    private static DecisionOutcome[] Outcomes(ApplyResult applied) => [.. ((ControlBatchResult)applied.Result!).Outcomes];

    [Fact]
    public void Batch_of_another_term_is_fenced_whole()
    {
        foreach (var term in new[] { 2UL, 4UL })
        {
            var applied = Decide(new Term(term), new GuardedTransaction([], [Put("a")], []));
            Assert.Equal(StoreError.Fenced, applied.Error);
            Assert.Equal([DecisionOutcome.Fenced], Outcomes(applied));
        }
        Assert.Null(_store.Value("a"));
    }

    [Fact]
    public void All_that_commit_share_one_revision()
    {
        var before = _store.Put("x", "0");
        var applied = Decide(
            When(new Guard.Unchanged(B("a"), Revision.Zero), Put("a")),
            When(new Guard.Unchanged(B("x"), Revision.Zero), Put("never")),
            When(new Guard.Unchanged(B("x"), before), Put("x", "1"), Put("y")));
        Assert.Equal([DecisionOutcome.Committed, DecisionOutcome.Conflict, DecisionOutcome.Committed], Outcomes(applied));
        Assert.Equal(before.Next, applied.Revision);
        Assert.All(["a", "x", "y"], key => Assert.Equal(before.Next, _store.Store.Snapshot().Get(B(key))!.ModRevision));
        Assert.Null(_store.Value("never"));
    }

    [Fact]
    public void Later_transaction_sees_what_an_earlier_one_wrote()
    {
        var guard = new Guard.Unchanged(B("a"), Revision.Zero);
        Assert.Equal([DecisionOutcome.Committed, DecisionOutcome.Conflict], Outcomes(Decide(When(guard, Put("a", "1")), When(guard, Put("a", "2")))));
        Assert.Equal("1", _store.Value("a"));
    }

    [Fact]
    public void Refused_write_leaves_nothing_and_does_not_disturb_the_others()
    {
        var applied = Decide(
            new GuardedTransaction([], [Put("a"), new PutOperation(B("b"), default, new LeaseId(9))], [B("h")]),
            new GuardedTransaction([], [Put("c")], []));
        Assert.Equal([DecisionOutcome.Refused, DecisionOutcome.Committed], Outcomes(applied));
        Assert.Equal((null, "v"), (_store.Value("a"), _store.Value("c")));
        Assert.Equal(Revision.Zero, _store.Store.Snapshot().Hidden(B("h")));
    }

    [Fact]
    public void Incarnation_guard_tells_a_key_made_anew_from_the_one_before()
    {
        var created = _store.Put("a", "1");
        _store.Put("a", "2");
        Assert.Equal([DecisionOutcome.Committed], Outcomes(Decide(When(new Guard.SameIncarnation(B("a"), created), Put("x")))));
        _store.Delete("a");
        Assert.Equal([DecisionOutcome.Conflict], Outcomes(Decide(When(new Guard.SameIncarnation(B("a"), created), Put("x")))));
        _store.Put("a", "3");
        Assert.Equal([DecisionOutcome.Conflict], Outcomes(Decide(When(new Guard.SameIncarnation(B("a"), created), Put("x")))));
    }

    [Fact]
    public void Hidden_counter_bumped_by_a_user_write_conflicts_with_a_decision_that_read_it_before()
    {
        var read = _store.Store.Snapshot().Hidden(B("node/1"));
        ImmutableArray<ReadOnlyMemory<byte>> bumps = [B("node/1")];
        var bumped = _store.Apply(new MutateCommand(Put("n"), default, bumps)).Revision;
        Assert.Equal([DecisionOutcome.Conflict], Outcomes(Decide(When(new Guard.HiddenUnchanged(B("node/1"), read), Put("a")))));
        Assert.Equal([DecisionOutcome.Committed], Outcomes(Decide(When(new Guard.HiddenUnchanged(B("node/1"), bumped), Put("a")))));
        _store.Apply(new MutateCommand(new DeleteOperation(B("none")), default, bumps));
        Assert.Equal(bumped, _store.Store.Snapshot().Hidden(B("node/1")));
    }

    [Fact]
    public void Bump_conflicts_with_a_later_transaction_of_the_same_batch()
    {
        var guard = new Guard.HiddenUnchanged(B("bucket"), Revision.Zero);
        var first = new GuardedTransaction([guard], [Put("a")], [B("bucket")]);
        var second = new GuardedTransaction([guard], [Put("b")], [B("bucket")]);
        Assert.Equal([DecisionOutcome.Committed, DecisionOutcome.Conflict], Outcomes(Decide(first, second)));
    }

    [Fact]
    public void Bump_alone_takes_a_revision_and_no_range_shows_it()
    {
        Decide(new GuardedTransaction([], [], [B("bucket")]));
        Assert.Equal(new Revision(2), _store.Store.Snapshot().Hidden(B("bucket")));
        Assert.Equal(0, _store.Range("\0", "\0").Count);
    }

    [Fact]
    public void Lease_guard_sees_life_and_end()
    {
        _store.Apply(new LeaseGrantCommand(new LeaseId(1), 10));
        Assert.Equal([DecisionOutcome.Committed], Outcomes(Decide(When(new Guard.LeaseIs(new LeaseId(1), true), Put("a")))));
        _store.Now += TimeSpan.FromSeconds(10);
        Assert.Equal([DecisionOutcome.Committed], Outcomes(Decide(When(new Guard.LeaseIs(new LeaseId(1), false), Put("b")))));
    }

    [Fact]
    public void Key_created_and_deleted_in_one_batch_leaves_no_event()
    {
        var seen = new List<RevisionChanges>();
        _store.Store.Changed += seen.Add;
        Decide(new GuardedTransaction([], [Put("a")], []), new GuardedTransaction([], [new DeleteOperation(B("a"))], []), new GuardedTransaction([], [Put("b")], []));
        Assert.Equal("b", S(Assert.Single(Assert.Single(seen).Events).Kv.Key));
        var copy = CopyOf(_store.Store.Snapshot());
        Assert.Equal(_store.Store.Digest, copy.Digest);
    }
}
