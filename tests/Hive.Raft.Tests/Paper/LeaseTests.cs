using Hive.Raft.Tests.Cluster;

namespace Hive.Raft.Tests.Paper;

/// <summary>Read leases (thesis §6.4.1): what the leader counts on, and what voters stand by. A tick is 10 ms, a promise 100 ms, of which the leader counts on 80.</summary>
public class LeaseTests
{
    private static readonly MemberId Two = new(2), Three = new(3);
    private static readonly TimeSpan Promise = TimeSpan.FromMilliseconds(100);
    private ulong _read;

    private static StillCluster Led()
    {
        var cluster = new StillCluster(3, o => o with { LeaderPromise = Promise });
        cluster.Elect(1);
        return cluster;
    }

    [Fact]
    public void A_lease_serves_reads_without_messages_for_four_fifths_of_the_promise_from_when_its_round_was_sent()
    {
        var cluster = Led();
        cluster.Tick(1);
        cluster.Isolated.Add(1);
        cluster.Tick(1, 6);
        cluster.Isolated.Clear();
        cluster.Wire.RemoveAll(m => m is not Heartbeat { Round: 2 });
        cluster.Settle();
        cluster.Isolated.Add(1);
        Assert.True(AnswersAtOnce(cluster));
        cluster.Tick(1);
        Assert.True(AnswersAtOnce(cluster));
        cluster.Tick(1);
        Assert.False(AnswersAtOnce(cluster));
    }

    [Fact]
    public void A_handover_that_was_tried_ends_leases_for_the_term()
    {
        var cluster = Led();
        cluster.Tick(1);
        cluster.Settle();
        Assert.True(AnswersAtOnce(cluster));
        cluster.Do(1, node => node.TransferLeadership(Two));
        cluster.Wire.Clear();
        Assert.False(AnswersAtOnce(cluster));
        for (int i = 0; i < 20; i++)
        {
            cluster.Tick(1);
            cluster.Wire.RemoveAll(m => m is TimeoutNow);
            cluster.Settle();
        }
        cluster.Isolated.Add(1);
        Assert.Equal(RaftRole.Leader, cluster[1].Node.Role);
        Assert.False(AnswersAtOnce(cluster));
    }

    [Fact]
    public void Who_promises_less_than_the_leader_counts_on_does_not_count()
    {
        var cluster = Led();
        foreach (ulong id in (ulong[])[2, 3])
        {
            cluster[id].Crash(0);
            cluster[id].Adjust = o => o with { LeaderPromise = id == 2 ? TimeSpan.Zero : Promise - TimeSpan.FromMilliseconds(1) };
            cluster[id].Start();
        }
        cluster.Tick(1);
        cluster.Settle();
        cluster.Wire.Clear();
        cluster.Tick(1, 8);
        cluster.Settle();
        Assert.False(AnswersAtOnce(cluster));
    }

    [Fact]
    public void Another_membership_ends_the_lease_until_its_own_quorum_has_promised()
    {
        var cluster = Led();
        cluster.Tick(1);
        cluster.Settle();
        Assert.True(AnswersAtOnce(cluster));
        cluster.Do(1, node => node.ProposeMembership(MembershipChange.Of(new SetMember(new MemberId(4), MemberKind.Learner, null))));
        cluster.Wire.Clear();
        Assert.False(AnswersAtOnce(cluster));
        cluster.Settle();
        cluster.Isolated.Add(1);
        Assert.True(AnswersAtOnce(cluster));
    }

    [Fact]
    public void A_leader_without_a_vote_holds_no_lease_so_that_whoever_alone_votes_need_not_stand_by_it()
    {
        var cluster = Led();
        cluster.Do(1, node => node.ProposeMembership(MembershipChange.Of(new RemoveMember(new MemberId(1)))));
        cluster.Wire.RemoveAll(m => m is AppendRequest);
        cluster.Tick(1);
        while (cluster.Wire.Any(m => m is Heartbeat or HeartbeatResponse))
        {
            cluster.Wire.RemoveAll(m => m is AppendRequest);
            cluster.SettleOne();
        }
        Assert.Equal((RaftRole.Leader, true), (cluster[1].Node.Role, cluster[1].Node.MembershipChangePending));
        Assert.False(AnswersAtOnce(cluster));

        var alone = new StillCluster(1, o => o with { LeaderPromise = Promise, LeaderPromiseBefore = Promise });
        alone.Tick(1);
        alone.Elect(1);
    }

    [Fact]
    public void A_voters_promise_does_not_end_with_the_term_of_the_leader_that_it_was_given_to()
    {
        var cluster = Led();
        cluster.Tick(2);
        cluster.Tick(1);
        cluster.Settle();
        // An answer to what it asked before it heard the leader: the term is over for it, the leader's lease is not.
        cluster.Step(2, new PreVoteResponse(Three, Two, new Term(5), false));
        Assert.Equal((new Term(5), MemberId.None), (cluster[2].Node.Term, cluster[2].Node.Leader));
        Assert.False(Votes(cluster, new Term(5)));
        Assert.False(Votes(cluster, new Term(6)));
        cluster.Tick(2, 8);
        Assert.False(Votes(cluster, new Term(5)));
        cluster.Tick(2);
        Assert.True(Votes(cluster, new Term(5)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_voter_that_started_keeps_what_it_may_have_promised_before(bool promisesStill)
    {
        var cluster = Led();
        cluster[2].Crash(0);
        cluster[2].Adjust = o => o with { LeaderPromise = promisesStill ? Promise : TimeSpan.Zero, LeaderPromiseBefore = Promise };
        cluster[2].Start();
        cluster.Tick(2);
        Assert.False(Votes(cluster, new Term(2)));
        cluster.Tick(2, 10);
        Assert.True(Votes(cluster, new Term(2)));
    }

    [Fact]
    public void Who_stands_by_a_leader_does_not_stand_itself_unless_the_leader_calls()
    {
        var cluster = Led();
        cluster.Tick(2);
        cluster.Tick(1);
        cluster.Settle();
        cluster.Do(2, node => node.Campaign());
        Assert.Equal(RaftRole.Follower, cluster[2].Node.Role);
        cluster.Step(2, new TimeoutNow(new MemberId(1), Two, new Term(1)));
        Assert.Equal(RaftRole.Candidate, cluster[2].Node.Role);
    }

    [Fact]
    public void Who_stood_by_a_leader_may_stand_when_the_promise_is_over()
    {
        var cluster = Led();
        cluster.Tick(2, 9);
        cluster.Do(2, node => node.Campaign());
        Assert.Equal(RaftRole.Follower, cluster[2].Node.Role);
        cluster.Tick(2);
        cluster.Do(2, node => node.Campaign());
        Assert.Equal(RaftRole.PreCandidate, cluster[2].Node.Role);
    }

    /// <summary>Whether member 2 votes for member 3 when asked in that term.</summary>
    private static bool Votes(StillCluster cluster, Term term)
    {
        int before = cluster.Taken.Count;
        cluster.Step(2, new VoteRequest(Three, Two, term, new LogIndex(9), new Term(4), false));
        return cluster.Taken.Skip(before).Any(t => t.Member == 2 && t.Ready.SendAfterPersist.Any(m => m is VoteResponse { Granted: true }));
    }

    /// <summary>Whether member 1 answers a read before anybody else was heard.</summary>
    private bool AnswersAtOnce(StillCluster cluster)
    {
        ulong number = ++_read;
        cluster.Do(1, node => node.ReadIndex(number));
        return cluster.Taken.Any(t => t.Member == 1 && t.Ready.ReadStates.Any(r => r.Number == number && !r.Refused));
    }
}
