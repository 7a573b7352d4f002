using Hive.Jepsen.Checkers;
using Hive.Jepsen.Histories;
using Xunit;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Tests;

/// <summary>Valid histories pass; each way of being wrong is rejected, with the culprit named. Times are in seconds here.</summary>
public sealed class LeaseCheckerTests
{
    private const long Lease = 7;

    private int _index;

    [Fact]
    public void A_key_may_go_once_its_time_is_up_and_may_stay_longer()
    {
        Assert.True(Check(Grant(0, 1, 3), Attach(1, 2), Look(true, 2, 2.5), Renew(3, 2.6, 2.8), Look(true, 5, 5.1), Look(false, 5.7, 5.8), Renew(0, 6, 7), End(9, 10)).Valid);
        Assert.True(Check(Grant(0, 1, 3), Attach(1, 2), Look(true, 20, 21), End(30, 31)).Valid);
    }

    [Fact]
    public void A_key_that_goes_before_its_time_is_rejected() => Rejected("expired early", "before its time", Grant(0, 1, 3), Attach(1, 1.5), Look(false, 2, 2.5), End(9, 10));

    [Fact]
    public void A_renewal_that_did_not_hold_is_rejected() =>
        Rejected("expired early", "renew lease", Grant(0, 1, 3), Attach(1, 1.5), Renew(3, 2.5, 2.6), Look(false, 4, 4.5), End(9, 10));

    [Fact]
    public void A_renewal_that_is_refused_before_its_time_is_rejected() => Rejected("expired early", "it is gone", Grant(0, 1, 3), Renew(0, 2, 2.5), End(9, 10));

    [Fact]
    public void A_key_may_go_when_its_lease_is_revoked_even_if_nobody_knows()
    {
        Assert.True(Check(Grant(0, 1, 9), Attach(1, 1.5), Revoke(2, 3) with { Outcome = Outcome.Unknown }, Look(false, 2, 2.5), End(9, 10)).Valid);
        Assert.False(Check(Grant(0, 1, 9), Attach(1, 1.5), Revoke(2, 3) with { Outcome = Outcome.Failed }, Look(false, 2, 2.5), End(9, 10)).Valid);
    }

    [Fact]
    public void A_key_that_outlives_the_revocation_is_rejected() => Rejected("outlived its revocation", "revoked", Grant(0, 1, 3), Attach(1, 1.5), Revoke(1.6, 1.7), Look(true, 2, 2.1), End(9, 10));

    [Fact]
    public void A_key_that_comes_back_is_rejected() => Rejected("came back", "there again", Grant(0, 1, 3), Attach(1, 1.5), Look(false, 4, 4.1), Look(true, 5, 5.1), End(9, 10));

    [Fact]
    public void A_key_that_never_goes_is_rejected() => Rejected("immortal", "still there", Grant(0, 1, 3), Attach(1, 1.5), End(90, 99, Lease));

    [Fact]
    public void Without_a_look_at_the_end_nothing_is_proved() => Assert.NotEmpty(Check(Grant(0, 1, 3)).Inconclusive);

    private static Verdict Check(params Operation[] history) => LeaseChecker.Check(history);

    private static void Rejected(string kind, string words, params Operation[] history)
    {
        Anomaly anomaly = Assert.Single(LeaseChecker.Check(history).Anomalies);
        Assert.Equal(kind, anomaly.Kind);
        Assert.Contains(words, anomaly.Explanation, StringComparison.Ordinal);
    }

    private Operation Grant(double from, double until, long seconds) => Make(new Action.Grant(Lease, seconds), from, until);

    private Operation Attach(double from, double until) => Make(new Action.Attach(Lease), from, until);

    private Operation Renew(long seconds, double from, double until) => Make(new Action.Renew(Lease, seconds), from, until);

    private Operation Revoke(double from, double until) => Make(new Action.Revoke(Lease), from, until);

    private Operation Look(bool present, double from, double until) => Make(new Action.Look(Lease, present), from, until);

    private Operation End(double from, double until, params long[] present) => Make(new Action.LookAtEnd([.. present]), from, until);

    private Operation Make(Action action, double from, double until) => new(_index, _index++, "lease", action, Outcome.Ok, (long)(from * 1e9), (long)(until * 1e9));
}
