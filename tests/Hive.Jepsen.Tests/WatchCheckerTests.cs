using Hive.Jepsen.Checkers;
using Hive.Jepsen.Clients;
using Hive.Jepsen.Histories;
using Xunit;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Tests;

/// <summary>What keeps the promises of a watch passes; each promise that is broken is named.</summary>
public sealed class WatchCheckerTests
{
    private int _index;

    [Fact]
    public void Watches_that_tell_all_from_their_start_pass()
    {
        Verdict verdict = WatchChecker.Check(
        [
            Put(2, "a", "1"), Put(3, "b", "2"), Put(4, "a", "3"), Delete(5, "b"),
            Watch(1, Told(2, ("a", "1")), Told(3, ("b", "2")), Bookmark(3), Told(4, ("a", "3"))),
            Watch(4, Told(4, ("a", "3")), Told(5, ("b", null)), Bookmark(9)),
            Watch(0, Created(4), Told(5, ("b", null))),
        ]);

        Assert.True(verdict.Valid, string.Join('\n', verdict.Anomalies));
        Assert.Empty(verdict.Inconclusive);
    }

    [Fact]
    public void What_was_compacted_away_need_not_be_told_where_the_watch_says_so() =>
        Assert.True(WatchChecker.Check([Put(2, "a", "1"), Put(5, "a", "2"), Watch(1, Compacted(4)), Watch(4, Told(5, ("a", "2")))]).Valid);

    [Fact]
    public void Ordered_events_that_go_back() => Found("Ordered", "revision 2", Put(2, "a", "1"), Put(3, "a", "2"), Watch(1, Told(3, ("a", "2")), Told(2, ("a", "1"))));

    [Fact]
    public void Unique_a_doubled_event() => Found("Unique", "twice of a", Put(2, "a", "1"), Watch(1, Told(2, ("a", "1"), ("a", "1"))));

    [Fact]
    public void Atomic_a_revision_that_is_split() => Found("Atomic", "is split", Put(2, ("a", "1"), ("b", "2")), Watch(1, Told(2, ("a", "1")), Told(2, ("b", "2"))));

    [Fact]
    public void Atomic_half_of_a_transaction() => Found("Atomic", "not of b", Put(2, ("a", "1"), ("b", "2")), Watch(1, Told(2, ("a", "1"))));

    [Fact]
    public void Reliable_an_event_that_only_others_were_told_of() =>
        Found("Reliable", "revision 3", Put(2, "a", "1"), Put(3, "a", "2") with { Outcome = Outcome.Unknown, Revision = 0 }, Put(4, "a", "3"),
            Watch(1, Told(2, ("a", "1")), Told(3, ("a", "2")), Told(4, ("a", "3"))), Watch(1, Told(2, ("a", "1")), Told(4, ("a", "3"))));

    [Fact]
    public void Reliable_an_acknowledged_write_that_nobody_was_told_of() =>
        Found("Reliable", "a := 2", Put(2, "a", "1"), Put(3, "a", "2"), Put(4, "a", "3"), Watch(1, Told(2, ("a", "1")), Told(4, ("a", "3"))));

    [Fact]
    public void Resumable_a_gap_after_the_start() => Found("Resumable", "began at 2", Put(2, "a", "1"), Put(3, "a", "2"), Watch(2, Told(3, ("a", "2"))));

    [Fact]
    public void Resumable_an_event_before_the_start() => Found("Resumable", "before its start", Put(2, "a", "1"), Put(3, "a", "2"), Watch(3, Told(2, ("a", "1")), Told(3, ("a", "2"))));

    [Fact]
    public void Bookmarkable_an_event_behind_its_bookmark() => Found("Bookmarkable", "after its bookmark", Put(2, "a", "1"), Watch(1, Bookmark(2), Told(2, ("a", "1"))));

    [Fact]
    public void Bookmarkable_a_bookmark_that_vouches_for_too_much() => Found("Bookmarkable", "vouches for", Put(2, "a", "1"), Put(3, "a", "2"), Watch(1, Told(2, ("a", "1")), Bookmark(3)));

    [Fact]
    public void Consistent_two_watches_that_differ() => Found("Consistent", "a := 9", Watch(1, Told(2, ("a", "1"))), Put(2, "a", "1"), Put(8, "z", "9"), Watch(1, Told(2, ("a", "9"))));

    [Fact]
    public void Consistent_a_watch_that_differs_from_the_writer() => Found("Consistent", "acknowledged there", Put(2, "a", "1"), Put(3, "z", "9"), Watch(1, Told(2, ("a", "9"))));

    [Fact]
    public void Unexpected_a_value_of_nobody() => Found("Unexpected", "nobody wrote", Watch(1, Told(2, ("a", "7"))));

    [Fact]
    public void Unexpected_a_write_that_failed() => Found("Unexpected", "failed", Put(0, "a", "7") with { Outcome = Outcome.Failed }, Watch(1, Told(2, ("a", "7"))));

    [Fact]
    public void Previous_what_was_not_there_before() => Found("Previous", "was before", Put(2, "a", "1"), Put(3, "a", "2"),
        Watch(1, new WatchMessage(false, false, 3, 0, [new Change("a", "1", 2, 2, 1, null), new Change("a", "2", 2, 3, 2, "8")])));

    [Fact]
    public void A_hundred_thousand_events_are_judged()
    {
        var history = new List<Operation>();
        var told = new List<WatchMessage>();
        for (int revision = 2; revision < 100_002; revision++)
        {
            history.Add(Put(revision, "a", $"{revision}"));
            told.Add(Told(revision, ("a", $"{revision}")));
        }
        history.AddRange(Enumerable.Range(0, 500).Select(i => Watch(2 + i * 200, [.. told.Skip(i * 200).Take(200)])));

        Assert.True(WatchChecker.Check(history).Valid);
        Assert.False(WatchChecker.Check([.. history, Watch(2, told[0], told[2])]).Valid);
    }

    private static void Found(string kind, string words, params Operation[] history)
    {
        Anomaly anomaly = Assert.Single(WatchChecker.Check(history).Anomalies, a => a.Kind == kind);
        Assert.Contains(words, anomaly.Explanation, StringComparison.Ordinal);
    }

    private Operation Put(long revision, string key, string value) => Put(revision, (key, value));

    private Operation Delete(long revision, string key) => Put(revision, (key, null));

    private Operation Put(long revision, params (string Key, string? Value)[] changes) =>
        new(_index, _index++, "watch", new Action.Store([.. changes]), Outcome.Ok, _index, _index) { Revision = revision };

    private Operation Watch(long start, params WatchMessage[] messages) => new(_index, _index++, "watch", new Action.Watched(start, [.. messages]), Outcome.Ok, _index, _index);

    private static WatchMessage Told(long revision, params (string Key, string? Value)[] changes) =>
        new(false, false, revision, 0, [.. changes.Select(c => new Change(c.Key, c.Value, 0, revision, 0, null))]);

    private static WatchMessage Created(long revision) => new(true, false, revision, 0, []);

    private static WatchMessage Bookmark(long revision) => new(false, false, revision, 0, []);

    private static WatchMessage Compacted(long at) => new(false, true, at, at, []);
}
