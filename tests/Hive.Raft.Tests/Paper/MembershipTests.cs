using Hive.Raft.Tests.Cluster;

namespace Hive.Raft.Tests.Paper;

/// <summary>Claims of the thesis about membership changes, one test each; the section stands above it.</summary>
public class MembershipTests
{
    private static readonly MemberId One = new(1), Two = new(2), Three = new(3), Four = new(4);

    private static MembershipChange Voter(MemberId id) => MembershipChange.Of(new SetMember(id, MemberKind.Voter, null));

    // §4.1: "the new configuration takes effect on each server as soon as it is added to that server's log"
    [Fact]
    public void A_membership_is_in_force_from_its_append()
    {
        var cluster = new StillCluster(3);
        cluster.Elect(1);
        cluster.Do(1, node => node.ProposeMembership(Voter(Four)));
        Assert.True(cluster[1].Node.Membership.IsVoter(Four));
        Assert.True(cluster[1].Node.MembershipChangePending);
    }

    // §4.1: "a server must be prepared to fall back to the previous configuration in its log"
    [Fact]
    public void A_membership_whose_entry_is_cut_off_is_taken_back()
    {
        var cluster = new StillCluster(3, o => o with { PreVote = false, CheckQuorum = false });
        cluster.Elect(1);
        cluster.Isolated.Add(1);
        cluster.Do(1, node => node.ProposeMembership(Voter(Four)));
        cluster.Settle();
        cluster.Elect(2);
        cluster.Isolated.Clear();
        cluster.Tick(2);
        cluster.Settle();
        Assert.Equal("voters=(1 2 3)", cluster[1].Node.Membership.ToString());
    }

    // §4.1: a change may begin only once the previous one is committed; and (Ongaro's correction) once an entry of the leader's own term is
    [Fact]
    public void A_change_waits_for_the_one_before_and_for_an_entry_of_the_own_term()
    {
        var cluster = new StillCluster(3);
        cluster.Do(1, node => node.Campaign());
        while (cluster[1].Node.Role != RaftRole.Leader) StepOnce(cluster);
        cluster.Do(1, node => Assert.Equal(ProposeOutcome.ChangePending, node.ProposeMembership(Voter(Four)).Outcome));
        cluster.Settle();
        cluster.Do(1, node => Assert.Equal(ProposeOutcome.Appended, node.ProposeMembership(Voter(Four)).Outcome));
        cluster.Do(1, node => Assert.Equal(ProposeOutcome.ChangePending, node.ProposeMembership(Voter(new MemberId(5))).Outcome));
        cluster.Settle();
        cluster.Do(1, node => Assert.Equal(ProposeOutcome.Appended, node.ProposeMembership(Voter(new MemberId(5))).Outcome));
    }

    // §4.3: "Agreement (for elections and entry commitment) requires majorities from both the old and new configurations"
    [Fact]
    public void A_joint_membership_commits_nothing_without_both_halves()
    {
        var cluster = new StillCluster(3);
        cluster.Elect(1);
        cluster.Isolated.UnionWith([2, 3]);
        foreach (ulong id in (ulong[])[4, 5]) cluster.Add(id, Membership.Empty);
        var change = MembershipChange.Of(
            new SetMember(Four, MemberKind.Voter, null), new SetMember(new MemberId(5), MemberKind.Voter, null), new RemoveMember(Two), new RemoveMember(Three));
        cluster.Do(1, node => node.ProposeMembership(change));
        for (int i = 0; i < 3; i++)
        {
            cluster.Tick(1);
            cluster.Settle();
        }
        Assert.Equal(new LogIndex(1), cluster[1].Node.CommitIndex);
        cluster.Isolated.Clear();
        for (int i = 0; i < 3; i++)
        {
            cluster.Tick(1);
            cluster.Settle();
        }
        Assert.Equal("voters=(1 4 5)", cluster[1].Node.Membership.ToString());
        Assert.False(cluster[1].Node.MembershipChangePending);
    }

    [Fact]
    public void A_learner_counts_for_nothing()
    {
        var cluster = new StillCluster(2);
        cluster.Elect(1);
        cluster.Add(3, Membership.Empty);
        cluster.Do(1, node => node.ProposeMembership(MembershipChange.Of(new SetMember(Three, MemberKind.Learner, null))));
        cluster.Tick(1);
        cluster.Settle();
        cluster.Isolated.Add(2);
        var before = cluster[1].Node.CommitIndex;
        cluster.Do(1, node => node.Propose(new byte[1], 1));
        cluster.Settle();
        Assert.Equal(before, cluster[1].Node.CommitIndex);
        Assert.Equal(cluster[1].Node.LastIndex, cluster[3].Node.LastIndex);
        cluster.Tick(3, 100);
        Assert.Equal(RaftRole.Learner, cluster[3].Node.Role);
    }

    // §4.2.1: "the leader waits for a fixed number of rounds ... if the last round lasts less than an election timeout, then the leader adds the new server"
    [Fact]
    public void A_learner_that_needs_longer_than_an_election_time_out_to_catch_up_is_not_promoted_yet()
    {
        var cluster = new StillCluster(1, o => o with { Limits = new RaftLimits { AppendBytes = 1 } });
        cluster.Elect(1);
        cluster.Add(2, Membership.Empty);
        for (ulong i = 0; i < 5; i++) cluster.Do(1, node => node.Propose(new byte[1], i));
        cluster.SettleUntil(() => cluster[1].Node.CommitIndex == new LogIndex(6));
        cluster.Do(1, node => node.ProposeMembership(MembershipChange.Of(new SetMember(Two, MemberKind.JoiningVoter, null))));
        cluster.Tick(1);
        PeerStatus Peer() => cluster[1].Node.Peers.Single();
        cluster.SettleUntil(() => Peer().State == ReplicationState.Replicate);
        Assert.True(Peer().Match < cluster[1].Node.LastIndex);
        cluster.Isolated.Add(2);
        cluster.Tick(1, 12);
        cluster.Settle();
        cluster.Isolated.Clear();
        cluster.Tick(1);
        cluster.SettleUntil(() => Peer().Match == cluster[1].Node.LastIndex);
        Assert.Equal("voters=(1) learners=(2)", cluster[1].Node.Membership.ToString());
        cluster.Settle();
        cluster.Tick(1);
        cluster.Settle();
        Assert.Equal("voters=(1 2)", cluster[1].Node.Membership.ToString());
    }

    // §4.2.2: "a server that is not part of its own latest configuration should still start new elections, as it might still be needed until
    // the Cnew entry is committed"
    [Fact]
    public void A_voter_being_removed_still_stands_while_its_log_may_be_the_only_one_to_follow()
    {
        var cluster = new StillCluster(2, o => o with { PreVote = false, CheckQuorum = false });
        cluster.Elect(1);
        cluster.Do(1, node => node.ProposeMembership(MembershipChange.Of(new RemoveMember(Two))));
        cluster.Step(2, cluster.Wire.OfType<AppendRequest>().Single());
        cluster[2].CompleteWrite();
        cluster[1].Crash(0);
        cluster[1].Start();
        cluster.Wire.Clear();
        cluster.Tick(2, 40);
        cluster.Settle();
        Assert.Equal("voters=(1)", cluster[1].Node.Membership.ToString());
        cluster.Tick(1, 40);
        cluster.Settle();
        Assert.Equal(RaftRole.Leader, cluster[1].Node.Role);
    }

    [Fact]
    public void A_removed_member_is_told_of_its_removal()
    {
        var cluster = new StillCluster(3);
        cluster.Elect(1);
        cluster.Do(1, node => node.ProposeMembership(MembershipChange.Of(new RemoveMember(Three))));
        cluster.Settle();
        Assert.Null(cluster[3].Node.Membership.Find(Three));
        Assert.Equal(cluster[1].Node.CommitIndex, cluster[3].Node.CommitIndex);
        for (int i = 0; i < 25; i++)
        {
            cluster.Tick(1);
            cluster.Settle();
        }
        Assert.Equal([Two], cluster[1].Node.Peers.Select(p => p.Member));
    }

    [Fact]
    public void A_change_that_cannot_be_is_refused_with_its_reason()
    {
        var current = Membership.Of(1, 2);
        Assert.Equal(MembershipError.UnknownMember, MembershipChange.Of(new RemoveMember(Three)).Apply(current, out _));
        Assert.Equal(MembershipError.NoVoterLeft, MembershipChange.Of(new RemoveMember(One), new RemoveMember(Two)).Apply(current, out _));
        Assert.Equal(MembershipError.Malformed, MembershipChange.Of(new RemoveMember(One), new RemoveMember(One)).Apply(current, out _));
        Assert.Equal(MembershipError.Malformed, MembershipChange.Of(new SetMember(One, MemberKind.Leaving, null)).Apply(current, out _));
        var many = Enumerable.Range(10, 70).Select(i => (MembershipStep)new SetMember(new MemberId((ulong)i), MemberKind.Learner, null));
        Assert.Equal(MembershipError.TooManyMembers, new MembershipChange([.. many]).Apply(current, out _));
    }

    private static void StepOnce(StillCluster cluster)
    {
        if (cluster.Wire.Count > 0)
        {
            var message = cluster.Wire[0];
            cluster.Wire.RemoveAt(0);
            cluster.Step(message.To.Value, message);
            return;
        }
        foreach (ulong id in (ulong[])[1, 2, 3])
            if (cluster[id].HasWrites) cluster[id].CompleteWrite();
    }
}
