using Hive.Jepsen.Checkers;
using Hive.Jepsen.Checkers.Objects;
using Hive.Jepsen.Histories;
using Hive.Jepsen.Workloads;
using Xunit;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Tests;

/// <summary>Kubernetes objects: valid histories pass; each way of being wrong is rejected under its name, with the culprit told.</summary>
public sealed class ObjectCheckerTests
{
    private int _index;

    [Fact]
    public void Writes_that_an_informer_followed_pass()
    {
        Verdict verdict = ObjectChecker.Check(
        [
            List("informer 1", 2), Create(V("a", 3, 1)), Replace(V("a", 3, 1), V("a", 4, 1, 2)), Create(V("b", 5, 3)), Refused(V("a", 3, 1), 9), Get("a", V("a", 4, 1, 2)),
            Remove(V("b", 5, 3)), Get("b", null), Create(V("b", 7, 4) with { Uid = "b'" }), List(ObjectsWorkload.FinalKey, 8, V("a", 4, 1, 2), V("b", 7, 4) with { Uid = "b'" }),
            Watch("informer 1", 2, Added(V("a", 3, 1)), Modified(V("a", 4, 1, 2)), Added(V("b", 5, 3))),
            Watch("informer 1", 5, Deleted(V("b", 6, 3)), Added(V("b", 7, 4) with { Uid = "b'" }), Bookmark(9)),
        ]);

        Assert.True(verdict.Valid, string.Join('\n', verdict.Anomalies));
        Assert.Empty(verdict.Inconclusive);
    }

    [Fact]
    public void An_informer_that_began_anew_behind_compaction_passes() => Assert.True(ObjectChecker.Check(
    [
        List("informer 1", 2), Create(V("a", 3, 1)), Replace(V("a", 3, 1), V("a", 4, 1, 2)), Watch("informer 1", 2, new ObjectEvent(ObjectEvent.Error, V("Expired", 0))),
        List("informer 1", 4, V("a", 4, 1, 2)), Watch("informer 1", 4, Bookmark(6)), List(ObjectsWorkload.FinalKey, 5, V("a", 4, 1, 2)),
    ]).Valid);

    [Fact]
    public void A_write_of_unknown_fate_may_have_happened_or_not() => Assert.True(ObjectChecker.Check(
    [
        Create(V("a", 3, 1)), Unknown(V("a", 3, 1), 2), Unknown(V("a", 3, 1), 3), List("informer 1", 5, V("a", 4, 1, 2)), List(ObjectsWorkload.FinalKey, 5, V("a", 4, 1, 2)),
    ]).Valid);

    [Fact]
    public void Stale_two_writes_on_one_version() => Found("stale resourceVersion accepted", "a@4", Create(V("a", 3, 1)), Replace(V("a", 3, 1), V("a", 4, 1, 2)), Replace(V("a", 3, 1), V("a", 5, 1, 3)));

    [Fact]
    public void Stale_a_write_over_a_version_that_only_a_watch_told_of() => Found("stale resourceVersion accepted", "informer 1",
        Create(V("a", 3, 1)), Unknown(V("a", 3, 1), 2), Watch("informer 1", 3, Modified(V("a", 4, 1, 2))), Replace(V("a", 3, 1), V("a", 5, 1, 3)));

    [Fact]
    public void Stale_a_deletion_of_another_version() => Found("stale resourceVersion accepted", "delete version 3",
        Create(V("a", 3, 1)), Replace(V("a", 3, 1), V("a", 4, 1, 2)), Remove(V("a", 3, 1)), Watch("informer 1", 4, Deleted(V("a", 5, 1, 2))));

    [Fact]
    public void Lost_a_version_without_what_was_acknowledged_before() => Found("lost update", "2 is gone", Create(V("a", 3, 1)), Replace(V("a", 3, 1), V("a", 4, 1, 2)), Get("a", V("a", 5, 1, 3)));

    [Fact]
    public void Lost_a_final_list_with_an_older_version() => Found("lost update", "shows a@3", Create(V("a", 3, 1)), Replace(V("a", 3, 1), V("a", 4, 1, 2)), List(ObjectsWorkload.FinalKey, 6, V("a", 3, 1)));

    [Fact]
    public void Lost_a_final_list_of_an_older_revision() => Found("lost update", "acknowledged before", Create(V("a", 3, 1)), Replace(V("a", 3, 1), V("a", 4, 1, 2)), List(ObjectsWorkload.FinalKey, 3, V("a", 3, 1)));

    [Fact]
    public void Lost_a_final_list_without_an_object() => Found("lost object", "lacks a@3", Create(V("a", 3, 1)), List(ObjectsWorkload.FinalKey, 6));

    [Fact]
    public void Created_twice() => Found("created twice", "though there was a@3", Create(V("a", 3, 1)), Create(V("a", 5, 2) with { Uid = "other" }), Watch("informer 1", 2, Added(V("a", 3, 1)), Bookmark(5)));

    [Fact]
    public void Deleted_and_there_again() => Found("deleted object came back", "after the deletion at 4", Create(V("a", 3, 1)), Remove(V("a", 3, 1)), Watch("informer 1", 3, Deleted(V("a", 4, 1))), Get("a", V("a", 5, 1)));

    [Fact]
    public void Stale_read_of_an_older_version() => Found("stale read", "acknowledged before", Create(V("a", 3, 1)), Replace(V("a", 3, 1), V("a", 4, 1, 2)), Get("a", V("a", 3, 1)));

    [Fact]
    public void Stale_read_of_nothing() => Found("stale read", "absent", Create(V("a", 3, 1)), Get("a", null));

    [Fact]
    public void Stale_list() => Found("stale list", "shows a@3", Create(V("a", 3, 1)), Replace(V("a", 3, 1), V("a", 4, 1, 2)), List("informer 1", 6, V("a", 3, 1)));

    [Fact]
    public void Doubled_in_a_list() => Found("doubled in a list", "a is there twice", Create(V("a", 3, 1)), List("informer 1", 6, V("a", 3, 1), V("a", 3, 1)));

    [Fact]
    public void Missed_event() => Found("missed event", "was not told of a@4", Create(V("a", 3, 1)), Replace(V("a", 3, 1), V("a", 4, 1, 2)), Replace(V("a", 4, 1, 2), V("a", 5, 1, 2, 3)),
        Watch("informer 1", 2, Added(V("a", 3, 1)), Modified(V("a", 5, 1, 2, 3))));

    [Fact]
    public void Missed_event_that_a_bookmark_vouches_for() => Found("missed event", "was not told of a@4", Create(V("a", 3, 1)), Replace(V("a", 3, 1), V("a", 4, 1, 2)), Watch("informer 1", 2, Added(V("a", 3, 1)), Bookmark(4)));

    [Fact]
    public void Doubled_event() => Found("doubled event", "told twice", Create(V("a", 3, 1)), Watch("informer 1", 2, Added(V("a", 3, 1)), Added(V("a", 3, 1))));

    [Fact]
    public void Doubled_event_over_a_resumed_watch() => Found("doubled event", "not after the start", Create(V("a", 3, 1)), Watch("informer 1", 2, Added(V("a", 3, 1))), Watch("informer 1", 3, Added(V("a", 3, 1))));

    [Fact]
    public void Reordered_event() => Found("reordered event", "after an event of revision 4", Create(V("a", 3, 1)), Create(V("b", 4, 2)), Watch("informer 1", 2, Added(V("b", 4, 2)), Added(V("a", 3, 1))));

    [Fact]
    public void Reordered_event_behind_its_bookmark() => Found("reordered event", "after a bookmark", Create(V("a", 3, 1)), Watch("informer 1", 2, Bookmark(3), Added(V("a", 3, 1))));

    [Fact]
    public void Wrong_event() => Found("wrong event", "there was none", List("informer 1", 2), Create(V("a", 3, 1)), Watch("informer 1", 2, Modified(V("a", 3, 1))));

    [Fact]
    public void An_informer_that_ends_with_something_else() => Found("informer differs", "no a against a@3", List("informer 1", 4), Watch("informer 1", 4, Bookmark(7)), List(ObjectsWorkload.FinalKey, 6, V("a", 3, 1)));

    [Fact]
    public void One_version_that_is_two_things() => Found("versions differ", "two things", Create(V("a", 3, 1)), Get("a", V("a", 3, 1, 2)));

    [Fact]
    public void A_value_of_nobody() => Found("unexpected value", "nobody wrote 7", Create(V("a", 3, 1)), Get("a", V("a", 4, 1, 7)));

    [Fact]
    public void A_value_whose_write_was_refused() => Found("unexpected value", "refused", Create(V("a", 3, 1)), Refused(V("a", 3, 1), 7), Get("a", V("a", 4, 1, 7)));

    [Fact]
    public void An_answer_about_something_else() => Found("wrong answer", "built on a@3", Create(V("a", 3, 1)), Replace(V("a", 3, 1), V("a", 4, 1, 2)) with { Action = new ObjectActions.Replace(V("a", 3, 1), 5, V("a", 4, 1, 2)) });

    [Fact]
    public void Without_an_informer_nothing_is_proved() => Assert.NotEmpty(ObjectChecker.Check([Create(V("a", 3, 1))]).Inconclusive);

    private static void Found(string kind, string words, params Operation[] history)
    {
        Anomaly anomaly = Assert.Single(ObjectChecker.Check(history).Anomalies, a => a.Kind == kind);
        Assert.Contains(words, anomaly.Explanation, StringComparison.Ordinal);
    }

    private static ObjectState V(string name, long version, params long[] values) => new(name, "uid of " + name, version, [.. values]);

    private static ObjectEvent Added(ObjectState state) => new(ObjectEvent.Added, state);

    private static ObjectEvent Modified(ObjectState state) => new(ObjectEvent.Modified, state);

    private static ObjectEvent Deleted(ObjectState state) => new(ObjectEvent.Deleted, state);

    private static ObjectEvent Bookmark(long version) => new(ObjectEvent.Bookmark, V("", version));

    private Operation Create(ObjectState created) => Done(created.Name, new ObjectActions.Create(created.Values[^1], created), created.Version);

    private Operation Replace(ObjectState from, ObjectState to) => Done(from.Name, new ObjectActions.Replace(from, to.Values[^1], to), to.Version);

    private Operation Refused(ObjectState from, long value) => Done(from.Name, new ObjectActions.Replace(from, value, null), 0);

    private Operation Unknown(ObjectState from, long value) => Refused(from, value) with { Outcome = Outcome.Unknown };

    private Operation Remove(ObjectState from) => Done(from.Name, new ObjectActions.Remove(from, true), 0);

    private Operation Get(string name, ObjectState? seen) => Done(name, new ObjectActions.Get(seen), seen?.Version ?? 0);

    private Operation List(string by, long revision, params ObjectState[] objects) => Done(by, new ObjectActions.List([.. objects]), revision);

    private Operation Watch(string by, long from, params ObjectEvent[] told) => Done(by, new ObjectActions.Watch(from, [.. told]), 0);

    /// <summary>One after the other: what comes later was asked for later.</summary>
    private Operation Done(string key, Action action, long revision) => new(_index, _index++, key, action, Outcome.Ok, _index * 10, _index * 10 + 5) { Revision = revision };
}
