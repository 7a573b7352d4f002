using Hive.Jepsen.Histories;
using Hive.Jepsen.Nemeses;
using Hive.Jepsen.Runs;
using Xunit;

namespace Hive.Jepsen.Tests;

public sealed class ProgressTests
{
    private static readonly long Second = 1_000_000_000;

    [Fact]
    public void The_longest_stall_lies_between_the_first_instant_and_the_last()
    {
        Operation[] history = [Ok("a", 1), Ok("b", 2), Ok("a", 5), Ok("a", 30)];

        Assert.Equal(3, Progress.LongestStall(history, 0, 6 * Second).TotalSeconds);
        Assert.Equal(4, Progress.LongestStall(history, 0, 9 * Second).TotalSeconds);
    }

    [Fact]
    public void Recovery_waits_for_every_member_after_every_heal() =>
        Assert.Equal([(3, "b"), (1, "a")], Recoveries([Seen("a", 1), Seen("b", 1), Seen("a", 11), Seen("b", 13), Seen("a", 21), Seen("b", 21)], Fault(5, 10), Fault(15, 20)));

    [Fact]
    public void A_heal_while_another_fault_holds_is_no_recovery_and_a_new_fault_ends_one()
    {
        Answer[] answers = [Seen("a", 1), Seen("b", 1), Seen("a", 13), Seen("b", 13), Seen("a", 40), Seen("b", 40)];

        Assert.Equal([(1, "a")], Recoveries(answers, Fault(5, 10), Fault(6, 12)));
        Assert.Equal([(2, ""), (1, "a")], Recoveries(answers, Fault(5, 14), Fault(16, 39)));
        Assert.Empty(Recoveries(answers));
    }

    private static IEnumerable<(int Seconds, string Last)> Recoveries(Answer[] answers, params FaultSpan[] faults) => Progress.Recoveries(answers, faults).Select(r => ((int)r.Time.TotalSeconds, r.Last));

    private static Answer Seen(string member, int second) => new(member, second * Second);

    private static FaultSpan Fault(int from, int until) => new("kill", "kill a", from * Second, until * Second);

    private static Operation Ok(string member, int second) => new(second, 0, "k", new Hive.Jepsen.Histories.Action.Write(1), Outcome.Ok, 0, second * Second) { Member = member };
}
