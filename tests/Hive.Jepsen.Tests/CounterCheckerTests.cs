using Hive.Jepsen.Checkers;
using Hive.Jepsen.Histories;
using Xunit;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Tests;

/// <summary>Valid histories pass; each way of being wrong is rejected, with the culprit named.</summary>
public sealed class CounterCheckerTests
{
    private int _index;

    [Fact]
    public void An_unknown_increment_may_count_or_not_and_one_under_way_too()
    {
        Operation unknown = Increment(5, 8) with { Outcome = Outcome.Unknown };

        Assert.True(CounterChecker.Check([Increment(0, 3), unknown, Increment(9, 30), Read(1, 10, 12), Read(3, 14, 16), Read(3, 40, 41)]).Valid);
        Assert.True(CounterChecker.Check([Increment(0, 3), unknown, Read(1, 40, 41)]).Valid);
    }

    [Fact]
    public void A_lost_increment_is_rejected() => Rejected("lost increment", "misses 1", Increment(0, 3), Increment(4, 6), Read(1, 10, 12));

    [Fact]
    public void A_doubled_increment_is_rejected() => Rejected("doubled increment", "1 more", Increment(0, 3), Read(2, 10, 12));

    [Fact]
    public void A_failed_increment_that_counts_is_rejected() =>
        Rejected("doubled increment", "shows 1 more", Increment(0, 3), Increment(4, 5) with { Outcome = Outcome.Failed }, Read(2, 10, 12));

    [Fact]
    public void A_counter_that_goes_back_is_rejected() =>
        Rejected("stale read", "went back", Increment(0, 30) with { Outcome = Outcome.Unknown }, Read(1, 10, 12), Read(0, 14, 16));

    [Fact]
    public void One_revision_for_two_increments_is_rejected() =>
        Rejected("shared revision", "one revision", Increment(0, 3) with { Revision = 7 }, Increment(4, 6) with { Revision = 7 }, Read(2, 10, 12));

    [Fact]
    public void Without_a_read_at_the_end_nothing_is_proved() => Assert.NotEmpty(CounterChecker.Check([Increment(0, 3)]).Inconclusive);

    private static void Rejected(string kind, string words, params Operation[] history)
    {
        Anomaly anomaly = Assert.Single(CounterChecker.Check(history).Anomalies);
        Assert.Equal(kind, anomaly.Kind);
        Assert.Contains(words, anomaly.Explanation, StringComparison.Ordinal);
    }

    private Operation Increment(long from, long until) => new(_index, _index++, "c", new Action.Increment(), Outcome.Ok, from, until);

    private Operation Read(long count, long from, long until) => new(_index, _index++, "c", new Action.ReadCount(count), Outcome.Ok, from, until);
}
