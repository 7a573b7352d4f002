using Hive.Jepsen.Checkers;
using Hive.Jepsen.Histories;
using Xunit;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Tests;

/// <summary>Valid histories pass; each way of being wrong is rejected, with the culprit named.</summary>
public sealed class LockCheckerTests
{
    private int _index;

    [Fact]
    public void One_after_the_other_passes_and_so_does_an_answer_that_came_after_the_lease_may_have_ended() =>
        Assert.True(LockChecker.Check([Hold(0, 10, 5, 6), Hold(11, 20, 7, 8), Hold(15, 12, 6), Hold(21, 30, 9)]).Valid);

    [Fact]
    public void Two_locks_are_judged_alone() => Assert.True(LockChecker.Check([Hold(0, 10, 5), Hold(5, 20, 7) with { Key = "other" }]).Valid);

    [Fact]
    public void Two_holders_at_once_are_rejected() => Rejected("two holders", "token 7", Hold(0, 10, 5), Hold(9, 20, 7));

    [Fact]
    public void A_holder_within_an_older_hold_is_rejected() => Rejected("two holders", "token 7", Hold(0, 100, 5), Hold(20, 30, 7));

    [Fact]
    public void A_lock_given_to_a_lease_that_had_ended_is_rejected() => Rejected("held without a lease", "gone by then", Hold(0, 10, 0));

    [Fact]
    public void A_write_under_an_old_token_after_a_newer_one_is_rejected() => Rejected("fence passed", "older token", Hold(0, 10, 5, 30), Hold(11, 20, 7, 20));

    [Fact]
    public void One_token_for_two_holders_is_rejected() => Rejected("shared token", "one token", Hold(0, 10, 5), Hold(11, 20, 5));

    [Fact]
    public void Without_a_holder_nothing_is_proved() => Assert.NotEmpty(LockChecker.Check([]).Inconclusive);

    private static void Rejected(string kind, string words, params Operation[] history)
    {
        Anomaly anomaly = Assert.Single(LockChecker.Check(history).Anomalies);
        Assert.Equal(kind, anomaly.Kind);
        Assert.Contains(words, anomaly.Explanation, StringComparison.Ordinal);
    }

    private Operation Hold(long from, long until, long token, long fencedAt = 0) => new(_index, _index++, "lock", new Action.Hold(from, until, token, fencedAt), Outcome.Ok, from, until);
}
