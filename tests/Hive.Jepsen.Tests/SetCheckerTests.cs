using System.Collections.Immutable;
using Hive.Jepsen.Checkers;
using Hive.Jepsen.Histories;
using Xunit;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Tests;

/// <summary>Valid histories pass; each way of being wrong is rejected, with the culprit named.</summary>
public sealed class SetCheckerTests
{
    private int _index;

    [Fact]
    public void What_was_acknowledged_and_is_read_once_passes_and_an_unknown_add_may_be_there_or_not()
    {
        Verdict verdict = SetChecker.Check([Add(1, 0, 10), Add(2, 5, 0, Outcome.Unknown), Add(3, 5, 0, Outcome.Unknown), Add(4, 15, 18, Outcome.Failed), Read(20, 30, 1, 3)]);

        Assert.True(verdict.Valid);
        Assert.Empty(verdict.Inconclusive);
    }

    [Fact]
    public void An_add_that_overlaps_the_read_may_be_missing() =>
        Assert.True(SetChecker.Check([Add(1, 0, 25), Read(20, 30), Read(40, 50, 1)]).Valid);

    [Fact]
    public void A_lost_element_is_rejected() => Rejected("lost", "1 was acknowledged", Add(1, 0, 10), Read(20, 30));

    [Fact]
    public void An_element_that_vanishes_between_reads_is_rejected() =>
        Rejected("lost", "1 was acknowledged", Add(1, 0, 10), Read(20, 30, 1), Read(40, 50));

    [Fact]
    public void A_doubled_element_is_rejected() => Rejected("doubled", "1 is in the read more than once", Add(1, 0, 10), Read(20, 30, 1, 1));

    [Fact]
    public void An_element_that_nobody_added_is_rejected() => Rejected("unexpected", "nobody tried to", Add(1, 0, 10), Read(20, 30, 1, 2));

    [Fact]
    public void An_element_whose_add_failed_is_rejected() => Rejected("unexpected", "2 is in the read", Add(1, 0, 10), Add(2, 0, 10, Outcome.Failed), Read(20, 30, 1, 2));

    [Fact]
    public void An_element_from_the_future_is_rejected() => Rejected("unexpected", "1 is in the read", Read(0, 10, 1), Add(1, 20, 30), Read(40, 50, 1));

    [Fact]
    public void Without_a_read_at_the_end_nothing_is_proved() => Assert.NotEmpty(SetChecker.Check([Read(0, 5), Add(1, 10, 20)]).Inconclusive);

    private static void Rejected(string kind, string words, params Operation[] history)
    {
        Anomaly anomaly = Assert.Single(SetChecker.Check(history).Anomalies);
        Assert.Equal(kind, anomaly.Kind);
        Assert.Contains(words, anomaly.Explanation, StringComparison.Ordinal);
    }

    private Operation Add(long element, long from, long until, Outcome outcome = Outcome.Ok) => new(_index++, _index, "set", new Action.Add(element), outcome, from, until);

    private Operation Read(long from, long until, params long[] elements) => new(_index++, _index, "set", new Action.ReadAll([.. elements]), Outcome.Ok, from, until);
}
