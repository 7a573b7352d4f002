using Hive.Jepsen.Checkers;
using Hive.Jepsen.Histories;
using Xunit;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Tests;

/// <summary>Valid histories pass; each way of being wrong is rejected, with the culprit named.</summary>
public sealed class RegisterCheckerTests
{
    private int _index;

    [Fact]
    public void Reads_that_overlap_a_write_may_see_either_value()
    {
        Verdict verdict = RegisterChecker.Check([Write(1, 0, 10), Write(2, 20, 60), Read(1, 30, 40), Read(2, 45, 50)]);

        Assert.True(verdict.Valid);
    }

    [Fact]
    public void A_stale_read_is_rejected_and_named()
    {
        Verdict verdict = RegisterChecker.Check([Write(1, 0, 10), Write(2, 20, 30), Read(1, 40, 50)]);

        Anomaly anomaly = Assert.Single(verdict.Anomalies);
        Assert.Contains("read 1", anomaly.Explanation, StringComparison.Ordinal);
        Assert.Contains("write 2", anomaly.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_that_goes_back_is_rejected()
    {
        Verdict verdict = RegisterChecker.Check([Write(1, 0, 10), Write(2, 20, 60), Read(2, 30, 35), Read(1, 40, 50)]);

        Assert.False(verdict.Valid);
    }

    [Fact]
    public void A_lost_update_is_rejected()
    {
        Verdict verdict = RegisterChecker.Check([Write(1, 0, 10), Cas(1, 2, true, 20, 30), Cas(1, 3, true, 40, 50)]);

        Assert.False(verdict.Valid);
    }

    [Fact]
    public void A_refused_compare_and_set_must_have_had_a_reason()
    {
        Assert.True(RegisterChecker.Check([Write(1, 0, 10), Cas(2, 3, false, 20, 30)]).Valid);
        Assert.False(RegisterChecker.Check([Write(1, 0, 10), Cas(1, 3, false, 20, 30)]).Valid);
    }

    [Fact]
    public void An_unknown_write_may_take_effect_late_or_never()
    {
        Operation unknown = Write(2, 20, 0) with { Outcome = Outcome.Unknown };

        Assert.True(RegisterChecker.Check([Write(1, 0, 10), unknown, Read(1, 30, 40), Read(2, 50, 60)]).Valid);
        Assert.True(RegisterChecker.Check([Write(1, 0, 10), unknown, Read(1, 30, 40)]).Valid);
        Assert.False(RegisterChecker.Check([Write(1, 0, 10), unknown, Read(2, 30, 40), Read(1, 50, 60)]).Valid);
    }

    [Fact]
    public void A_failed_write_must_not_be_seen()
    {
        Operation failed = Write(2, 20, 30) with { Outcome = Outcome.Failed };

        Assert.False(RegisterChecker.Check([Write(1, 0, 10), failed, Read(2, 40, 50)]).Valid);
    }

    [Fact]
    public void Keys_are_judged_alone()
    {
        Operation other = Read(null, 40, 50) with { Key = "other" };

        Assert.True(RegisterChecker.Check([Write(1, 0, 10), other, Read(1, 60, 70)]).Valid);
    }

    /// <summary>A register simulated with random overlaps is always accepted; with one answer falsified it never is by accident of the search.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Simulated_histories_are_accepted_until_an_answer_is_falsified(int seed)
    {
        var random = new Random(seed);
        var history = new List<Operation>();
        long? state = null;
        for (int i = 0; i < 5_000; i++)
        {
            long point = i * 10, from = point - random.Next(40), until = point + random.Next(40);
            if (random.Next(2) == 0)
            {
                state = i;
                history.Add(Write(i, from, until));
            }
            else
            {
                history.Add(Read(state, from, until));
            }
        }

        Assert.True(RegisterChecker.Check(history).Valid);

        int victim = history.FindIndex(2_500, o => o.Action is Action.Read);
        history[victim] = history[victim] with { Action = new Action.Read(-1) };
        Assert.False(RegisterChecker.Check(history).Valid);
    }

    private Operation Write(long value, long from, long until) => Make(new Action.Write(value), from, until);

    private Operation Read(long? value, long from, long until) => Make(new Action.Read(value), from, until);

    private Operation Cas(long? old, long @new, bool swapped, long from, long until) => Make(new Action.CompareAndSet(old, @new, swapped), from, until);

    private Operation Make(Action action, long from, long until) => new(_index, _index++, "r", action, Outcome.Ok, from, until);
}
