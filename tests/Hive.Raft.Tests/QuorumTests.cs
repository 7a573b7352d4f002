using FsCheck;
using FsCheck.Fluent;

namespace Hive.Raft.Tests;

/// <summary>Quorum arithmetic against an oracle that tries every set of voters.</summary>
public class QuorumTests
{
    private const int Cases = 3_000;

    private static readonly Gen<(int Voters, ulong[] Reached)> Half =
        from voters in Gen.Choose(0, 255)
        from reached in Gen.ArrayOf(Gen.Choose(0, 9).Select(v => (ulong)v), 8)
        select (voters, reached);

    [Fact]
    public void Reached_is_the_highest_value_that_some_majority_has_reached() => Check(Half, half =>
    {
        var quorum = Quorum(half.Voters);
        ulong oracle = half.Voters == 0 ? ulong.MaxValue : Majorities(half.Voters).Max(set => Ids(set).Min(id => half.Reached[id - 1]));
        return quorum.Reached(id => half.Reached[id.Value - 1]) == oracle;
    });

    [Fact]
    public void A_joint_quorum_has_reached_what_both_halves_have() => Check(from one in Half from other in Half select (one, other), pair =>
    {
        var quorum = new JointQuorum(Quorum(pair.one.Voters), Quorum(pair.other.Voters));
        ulong Reached(MemberId id) => pair.one.Reached[id.Value - 1];
        var pairs = from a in Majorities(pair.one.Voters) from b in Majorities(pair.other.Voters) select a | b;
        ulong oracle = pairs.Max(set => Ids(set).Select(id => pair.one.Reached[id - 1]).Append(ulong.MaxValue).Min());
        return quorum.Reached(Reached) == oracle;
    });

    [Fact]
    public void A_vote_is_won_or_lost_exactly_when_no_missing_answer_can_change_it() => Check(
        from one in Gen.Choose(0, 31)
        from other in Gen.Choose(0, 31)
        from answered in Gen.Choose(0, 31)
        from granted in Gen.Choose(0, 31)
        select (one, other, answered, granted), vote =>
    {
        var quorum = new JointQuorum(Quorum(vote.one), Quorum(vote.other));
        bool Wins(int yes) => Agrees(vote.one, yes) && Agrees(vote.other, yes);
        int yes = vote.answered & vote.granted;
        var outcome = quorum.Tally(id => (vote.answered >> (int)(id.Value - 1) & 1) == 0 ? null : (yes >> (int)(id.Value - 1) & 1) == 1);
        bool won = Wins(yes), canWin = Wins(yes | (31 & ~vote.answered));
        return outcome == (won ? VoteOutcome.Won : canWin ? VoteOutcome.Pending : VoteOutcome.Lost);
    });

    private static void Check<T>(Gen<T> gen, Func<T, bool> property) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(Cases), Prop.ForAll(gen.ToArbitrary(), property));

    private static bool Agrees(int voters, int yes) => voters == 0 || Majorities(voters).Any(set => (set & ~yes) == 0);

    private static MajorityQuorum Quorum(int voters) => new([.. Ids(voters).Select(id => new MemberId((ulong)id))]);

    private static IEnumerable<int> Ids(int set) => Enumerable.Range(1, 8).Where(id => (set >> (id - 1) & 1) == 1);

    /// <summary>Every subset with more than half of the voters; for no voters, the empty one.</summary>
    private static IEnumerable<int> Majorities(int voters)
    {
        int size = int.PopCount(voters);
        for (int set = voters; ; set = (set - 1) & voters)
        {
            if (int.PopCount(set) * 2 > size || size == 0) yield return set;
            if (set == 0) yield break;
        }
    }
}
