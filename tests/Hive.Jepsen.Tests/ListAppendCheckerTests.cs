using System.Collections.Immutable;
using Hive.Jepsen.Checkers;
using Hive.Jepsen.Histories;
using Xunit;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Tests;

/// <summary>Each of Adya's anomalies, made by hand, is found under its own name; serial histories pass.</summary>
public sealed class ListAppendCheckerTests
{
    private int _index;

    [Fact]
    public void A_serial_history_is_valid()
    {
        Assert.True(Check(T(0, 1, A("x", 1)), T(2, 3, R("x", 1), A("x", 2)), T(4, 5, R("x", 1, 2), A("y", 1)), T(6, 7, R("y", 1), R("x", 1, 2))).Valid);
    }

    [Fact]
    public void G0_two_transactions_overwrite_each_other_in_opposite_orders() =>
        Found("G0", T(0, 10, A("x", 1), A("y", 1)), T(0, 10, A("x", 2), A("y", 2)), T(20, 30, R("x", 1, 2), R("y", 2, 1)));

    [Fact]
    public void G1a_a_failed_append_is_read() =>
        Found("G1a", T(0, 10, A("x", 1)) with { Outcome = Outcome.Failed }, T(20, 30, R("x", 1)));

    [Fact]
    public void G1b_the_middle_of_a_transaction_is_read() =>
        Found("G1b", T(0, 10, A("x", 1), A("x", 2)), T(0, 10, R("x", 1)));

    [Fact]
    public void G1c_two_transactions_read_each_other() =>
        Found("G1c", T(0, 10, A("x", 1), R("y", 1)), T(0, 10, A("y", 1), R("x", 1)));

    [Fact]
    public void G_single_a_read_misses_half_of_a_transaction() =>
        Found("G-single", T(0, 10, A("x", 1), A("y", 1)), T(0, 10, R("x", 1), R("y")), T(20, 30, R("x", 1), R("y", 1)));

    [Fact]
    public void A_lost_update_two_transactions_append_to_the_version_that_both_read() =>
        Found("G-single", T(0, 10, R("x", 1), A("x", 2)), T(0, 10, R("x", 1), A("x", 3)), T(0, 1, A("x", 1)), T(20, 30, R("x", 1, 2, 3)));

    [Fact]
    public void A_cycle_is_explained_by_its_transactions_in_order_and_why_each_comes_before_the_next()
    {
        Anomaly cycle = Assert.Single(Check(T(0, 10, R("x"), A("y", 1)), T(0, 10, R("y"), A("x", 1)), T(20, 30, R("x", 1), R("y", 1))).Anomalies);

        Assert.Equal("G2", cycle.Kind);
        string[] lines = cycle.Explanation.Split('\n');
        Assert.StartsWith("each of these must come before the next, and the last before the first", lines[0], StringComparison.Ordinal);
        Assert.Equal(["it did not see the next one's append to x", "it did not see the next one's append to y"], [.. new[] { lines[2].Trim(), lines[4].Trim() }.Order()]);
        Assert.Equal(5, lines.Length);
    }

    [Fact]
    public void G2_write_skew() =>
        Found("G2", T(0, 10, R("x"), A("y", 1)), T(0, 10, R("y"), A("x", 1)), T(20, 30, R("x", 1), R("y", 1)));

    [Fact]
    public void A_stale_read_is_a_real_time_anomaly() =>
        Found("G-single-realtime", T(0, 10, A("x", 1)), T(20, 30, R("x")), T(40, 50, R("x", 1)));

    [Fact]
    public void A_lost_append_is_found() =>
        Found("G-single-realtime", T(0, 10, A("x", 1)), T(20, 30, A("x", 2)), T(40, 50, R("x", 2)));

    [Fact]
    public void A_doubled_element_is_found() => Found("duplicate elements", T(0, 10, A("x", 1)), T(20, 30, R("x", 1, 1)));

    [Fact]
    public void An_element_of_nobody_is_found() => Found("read from nowhere", T(20, 30, R("x", 7)));

    [Fact]
    public void Two_orders_of_one_list_are_found() =>
        Found("incompatible order", T(0, 10, A("x", 1)), T(0, 10, A("x", 2)), T(20, 30, R("x", 1, 2)), T(20, 30, R("x", 2)));

    [Fact]
    public void A_transaction_that_misses_its_own_append_is_found() => Found("internal", T(0, 10, A("x", 1), R("x")));

    [Fact]
    public void An_unknown_append_may_be_seen_or_not()
    {
        Operation unknown = T(0, 0, A("x", 1)) with { Outcome = Outcome.Unknown };

        Assert.True(Check(unknown, T(20, 30, R("x"))).Valid);
        Assert.True(Check(unknown, T(20, 30, R("x")), T(40, 50, R("x", 1))).Valid);
    }

    [Fact]
    public void A_long_simulated_history_is_valid_and_judged_quickly_until_one_read_is_stale()
    {
        var random = new Random(5);
        var lists = new SortedDictionary<string, ImmutableArray<long>>(StringComparer.Ordinal);
        var history = new List<Operation>();
        for (int i = 0; i < 20_000; i++)
        {
            // A list is used for a while and then left alone, so that reads stay short.
            string mine = $"k{random.Next(20)}-{i / 1_000}", other = $"k{random.Next(20)}-{i / 1_000}";
            lists[mine] = lists.GetValueOrDefault(mine, []).Add(i);
            history.Add(T((i * 10L) - random.Next(30), (i * 10L) + random.Next(30), A(mine, i), R(other, [.. lists.GetValueOrDefault(other, [])])));
        }

        Assert.True(ListAppendChecker.Check(history).Valid);

        int victim = history.FindIndex(10_500, o => ((Action.Transaction)o.Action).Steps[1].Read!.Value.Length > 3);
        ListStep[] steps = [.. ((Action.Transaction)history[victim].Action).Steps];
        steps[1] = steps[1] with { Read = steps[1].Read!.Value[..1] };
        history[victim] = history[victim] with { Action = new Action.Transaction([.. steps]) };
        Assert.False(ListAppendChecker.Check(history).Valid);
    }

    private void Found(string kind, params Operation[] history)
    {
        Verdict verdict = Check(history);
        Assert.True(verdict.Anomalies.Any(a => a.Kind == kind), $"expected {kind}, found: {string.Join("; ", verdict.Anomalies.Select(a => $"{a.Kind}: {a.Explanation}"))}");
    }

    private static Verdict Check(params Operation[] history) => ListAppendChecker.Check(history);

    private Operation T(long from, long until, params ListStep[] steps) => new(_index, _index++, "", new Action.Transaction([.. steps]), Outcome.Ok, from, until);

    private static ListStep A(string key, long element) => new(key, element, null);

    private static ListStep R(string key, params long[] seen) => new(key, 0, [.. seen]);
}
