using Hive.Raft;
using Xunit;

namespace Hive.Queen.Tests;

public class MembershipTests
{
    [Fact]
    public async Task A_member_that_is_added_while_writes_go_on_catches_up_votes_and_makes_itself_known()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(3, later: 1);
        int leader = await cluster.LeaderAsync();
        for (int i = 0; i < 50; i++) await cluster.MustPutAsync(leader, $"k{i}", $"v{i}");
        int follower = (leader + 1) % 3;
        MembershipResult added = await cluster[follower].AddMemberAsync(
            LocalCluster.IdOf(3), [$"tcp://{cluster.EndPointOf(3)}"], learner: false, CancellationToken.None);
        Assert.Equal((QueenCode.Ok, MembershipOutcome.Ok), (added.Code, added.Outcome));
        await cluster.StartMemberAsync(3, joins: true);
        await cluster.Eventually(() => cluster[leader].Status.Members.Any(m => m is { Name: "queen-4", IsLearner: false }), "a fourth voter with a name");
        Assert.Equal("v49", await cluster.ReadAsync(3, "k49"));
        await cluster.KillAsync(follower);
        await cluster.MustPutAsync(3, "four", "members");
        await ClusterTests.SameStateEverywhere(cluster);
    }

    [Fact]
    public async Task A_removed_member_is_told_and_the_others_go_on()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(3);
        int leader = await cluster.LeaderAsync();
        int gone = (leader + 1) % 3;
        MembershipResult removed = await cluster[gone].RemoveMemberAsync(LocalCluster.IdOf(gone), CancellationToken.None);
        Assert.Equal((QueenCode.Ok, MembershipOutcome.Ok), (removed.Code, removed.Outcome));
        await cluster.Eventually(() => cluster.Lines.Contains($"{gone + 1} REMOVED"), "the news of its removal");
        await cluster.KillAsync(gone);
        await cluster.MustPutAsync(leader, "two", "members");
        Assert.Equal(2, cluster[leader].Status.Members.Length);
    }

    [Fact]
    public async Task Membership_operations_that_cannot_be_are_refused_with_their_reason()
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(1, later: 1);
        await cluster.MustPutAsync(0, "k", "v");
        QueenServer queen = cluster[0];
        Assert.Equal(MembershipOutcome.UnknownMember, (await queen.RemoveMemberAsync(new MemberId(99), default)).Outcome);
        Assert.Equal(MembershipOutcome.NoVoterLeft, (await queen.RemoveMemberAsync(LocalCluster.IdOf(0), default)).Outcome);
        Assert.Equal(MembershipOutcome.NotLearner, (await queen.PromoteMemberAsync(LocalCluster.IdOf(0), default)).Outcome);
        Assert.Equal(
            MembershipOutcome.AlreadyThere,
            (await queen.AddMemberAsync(new MemberId(5), [$"tcp://{cluster.EndPointOf(0)}"], learner: true, default)).Outcome);
    }

    [Fact]
    public async Task A_learner_is_promoted_once_it_has_the_log()
    {
        var limits = new QueenLimits { PromotionLagEntries = 5 };
        await using LocalCluster cluster = await LocalCluster.StartAsync(1, limits, later: 1);
        for (int i = 0; i < 40; i++) await cluster.MustPutAsync(0, $"k{i}", "v");
        QueenServer queen = cluster[0];
        MembershipResult added = await queen.AddMemberAsync(LocalCluster.IdOf(1), [$"tcp://{cluster.EndPointOf(1)}"], learner: true, default);
        Assert.Equal(MembershipOutcome.Ok, added.Outcome);
        Assert.Equal(MembershipOutcome.LearnerNotReady, (await queen.PromoteMemberAsync(LocalCluster.IdOf(1), default)).Outcome);
        await cluster.StartMemberAsync(1, joins: true);
        await cluster.Eventually(() => cluster[1].Store.AppliedIndex >= queen.Store.AppliedIndex && cluster[1].Status.IsLearner, "a learner with the log");
        await cluster.Eventually(() => cluster[1].Status.Members.Any(m => m.Name == "queen-2"), "a learner with a name");
        Assert.Equal(MembershipOutcome.Ok, (await cluster[1].PromoteMemberAsync(LocalCluster.IdOf(1), default)).Outcome);
        await cluster.Eventually(() => !cluster[1].Status.IsLearner, "a second voter");
        Assert.All(queen.Status.Members, m => Assert.NotEmpty(m.PeerUrls));
        Assert.Contains(queen.Status.Members, m => m is { Name: "queen-2", IsLearner: false });
        await cluster.MustPutAsync(1, "two", "voters");
    }

    /// <summary>"Keep what it has" became "it has nothing" on the way: a learner promoted through a follower lost its name and addresses, and nobody could reach it.</summary>
    [Fact]
    public void A_change_that_a_follower_hands_to_the_leader_is_the_same_there()
    {
        var change = new MembershipChange(
        [
            new SetMember(new MemberId(1), MemberKind.JoiningVoter, null), new SetMember(new MemberId(2), MemberKind.Learner, ReadOnlyMemory<byte>.Empty),
            new SetMember(new MemberId(3), MemberKind.Voter, new byte[] { 7, 8 }), new RemoveMember(new MemberId(4)), new SetAttributes(new MemberId(5), new byte[] { 9 }),
        ])
        { Joint = true };

        Assert.True(Peers.MembershipCall.TryDecodeRequest(Peers.MembershipCall.EncodeRequest(42, change), out ulong number, out MembershipChange there));

        Assert.Equal((42UL, true), (number, there.Joint));
        Assert.Equal(change.Steps.Select(Text), there.Steps.Select(Text));
    }

    private static string Text(MembershipStep step) => step switch
    {
        SetMember set => $"{set.Member} {set.Kind} {(set.Attributes is { } attributes ? Convert.ToHexString(attributes.Span) : "as it has")}",
        SetAttributes set => $"{set.Member} says {Convert.ToHexString(set.Attributes.Span)}",
        _ => step.ToString(),
    };
}
