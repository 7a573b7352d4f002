using Hive.Raft.Tests.Cluster;

namespace Hive.Raft.Tests.Paper;

/// <summary>Claims of the thesis about terms and elections, one test each; the section stands above it.</summary>
public class ElectionTests
{
    private static readonly MemberId One = new(1), Two = new(2), Three = new(3);

    private static StillCluster Plain(int size) => new(size, o => o with { PreVote = false, CheckQuorum = false });

    // §3.3: "If one server's current term is smaller than the other's, then it updates its current term to the larger value."
    [Fact]
    public void A_newer_term_in_a_message_is_adopted_and_the_vote_forgotten()
    {
        var cluster = Plain(3);
        cluster.Elect(1);
        cluster.Step(1, new Heartbeat(Two, One, new Term(9), LogIndex.Zero, 1));
        Assert.Equal((RaftRole.Follower, new Term(9), Two), (cluster[1].Node.Role, cluster[1].Node.Term, cluster[1].Node.Leader));
        Assert.Contains(cluster.Taken, t => t.Member == 1 && t.Ready.HardState == new HardState(new Term(9), MemberId.None));
    }

    // §3.3: "If a server receives a request with a stale term number, it rejects the request."
    [Fact]
    public void An_append_of_an_older_term_changes_nothing()
    {
        var cluster = Plain(3);
        cluster.Elect(3);
        cluster.Elect(1);
        cluster.Step(2, new AppendRequest(Three, Two, new Term(1), LogIndex.Zero, Term.Zero, [], new LogIndex(1)));
        Assert.Equal((One, new Term(2)), (cluster[2].Node.Leader, cluster[2].Node.Term));
    }

    // §3.4: "each server will vote for at most one candidate in a given term, on a first-come-first-served basis"
    [Fact]
    public void A_second_candidate_of_a_term_gets_no_vote()
    {
        var cluster = Plain(3);
        cluster.Step(3, new VoteRequest(One, Three, new Term(1), LogIndex.Zero, Term.Zero, false));
        cluster.Step(3, new VoteRequest(Two, Three, new Term(1), LogIndex.Zero, Term.Zero, false));
        Assert.Equal([true, false], Votes(cluster));
    }

    // §3.8: "each server persists its current term and vote [...] This prevents the server from voting twice in the same term"
    [Fact]
    public void A_vote_is_remembered_over_a_crash_and_leaves_only_once_durable()
    {
        var cluster = Plain(3);
        cluster.Step(3, new VoteRequest(One, Three, new Term(1), LogIndex.Zero, Term.Zero, false));
        Assert.Empty(cluster.Wire);
        cluster[3].CompleteWrite();
        Assert.IsType<VoteResponse>(Assert.Single(cluster.Wire));
        cluster[3].Crash(0);
        cluster[3].Start();
        cluster.Step(3, new VoteRequest(Two, Three, new Term(1), LogIndex.Zero, Term.Zero, false));
        Assert.Equal([true, false], Votes(cluster));
    }

    // §3.4: "The new leader [...] wins an election if it receives votes from a majority of the servers in the full cluster for the same term."
    [Fact]
    public void A_candidate_without_a_majority_does_not_lead()
    {
        var cluster = Plain(5);
        cluster.Isolated.UnionWith([3, 4, 5]);
        cluster.Do(1, node => node.Campaign());
        cluster.Settle();
        Assert.Equal(RaftRole.Candidate, cluster[1].Node.Role);
        cluster.Step(1, new VoteResponse(Two, One, new Term(1), true));
        Assert.Equal(RaftRole.Candidate, cluster[1].Node.Role);
        cluster.Step(1, new VoteResponse(Three, One, new Term(1), true));
        Assert.Equal(RaftRole.Leader, cluster[1].Node.Role);
    }

    // §3.4: "If the leader's term is at least as large as the candidate's current term, then the candidate [...] returns to follower state."
    [Fact]
    public void A_candidate_gives_way_to_the_leader_of_its_term()
    {
        var cluster = Plain(3);
        cluster.Do(1, node => node.Campaign());
        cluster.Step(1, new Heartbeat(Two, One, new Term(1), LogIndex.Zero, 1));
        Assert.Equal((RaftRole.Follower, Two), (cluster[1].Node.Role, cluster[1].Node.Leader));
    }

    // §3.4: "election timeouts are chosen randomly from a fixed interval"
    [Fact]
    public void Election_timeouts_spread_over_one_to_two_times_the_base()
    {
        var seen = new SortedSet<int>();
        for (ulong seed = 0; seed < 200; seed++)
        {
            var disk = new MemberDisk(SnapshotMetadata.Genesis(Membership.Of(1, 2, 3)));
            var node = new RaftNode(new RaftOptions { Self = One, Incarnation = seed, ElectionTimeoutTicks = 10 }, default, disk, new SeededJitter(seed));
            int ticks = 0;
            for (; node.Role == RaftRole.Follower; ticks++) node.Tick();
            seen.Add(ticks);
        }
        Assert.Equal(Enumerable.Range(10, 10), seen);
    }

    // §3.6.1: "the voter denies its vote if its own log is more up-to-date than that of the candidate"
    [Theory]
    [InlineData(1, 3, true)]
    [InlineData(1, 2, true)]
    [InlineData(1, 1, false)]
    [InlineData(2, 1, true)]
    [InlineData(0, 9, false)]
    public void A_vote_goes_only_to_a_log_at_least_as_complete(ulong lastTerm, ulong lastIndex, bool granted)
    {
        var cluster = Plain(3);
        cluster.Elect(1);
        cluster.Do(1, node => node.Propose(new byte[1], 1));
        cluster.Settle();
        cluster.Step(3, new VoteRequest(Two, Three, new Term(5), new LogIndex(lastIndex), new Term(lastTerm), false));
        cluster[3].CompleteWrite();
        Assert.Equal(granted, cluster.Wire.OfType<VoteResponse>().Single().Granted);
    }

    // §9.6: "a candidate only increments its term if it first learns [...] that they would be willing to grant the candidate their votes"
    [Fact]
    public void A_member_that_was_cut_off_comes_back_without_a_higher_term()
    {
        var cluster = new StillCluster(3);
        cluster.Elect(1);
        cluster.Isolated.Add(3);
        cluster.Tick(3, 100);
        cluster.Settle();
        Assert.Equal(new Term(1), cluster[3].Node.Term);
        cluster.Isolated.Clear();
        cluster.Tick(1);
        cluster.Settle();
        Assert.Equal((One, new Term(1)), (cluster[3].Node.Leader, cluster[1].Node.Term));
    }

    // §4.2.3: "if a server receives a RequestVote request within the minimum election timeout of hearing from a current leader, it does not
    // update its term or grant its vote"
    [Fact]
    public void Voters_that_hear_a_leader_do_not_help_to_depose_it()
    {
        var cluster = new StillCluster(3);
        cluster.Elect(1);
        cluster.Step(2, new VoteRequest(Three, Two, new Term(7), new LogIndex(9), new Term(6), false));
        Assert.Equal((One, new Term(1)), (cluster[2].Node.Leader, cluster[2].Node.Term));
        cluster.Tick(2, 10);
        cluster.Step(2, new VoteRequest(Three, Two, new Term(7), new LogIndex(9), new Term(6), false));
        Assert.Equal(new Term(7), cluster[2].Node.Term);
    }

    // §6.2: "a leader steps down if an election timeout elapses without a successful round of heartbeats to a majority"
    [Fact]
    public void A_leader_that_hears_no_majority_steps_down()
    {
        var cluster = new StillCluster(3);
        cluster.Elect(1);
        cluster.Tick(1, 10);
        cluster.Wire.Clear();
        cluster.Tick(1, 10);
        Assert.NotEqual(RaftRole.Leader, cluster[1].Node.Role);
    }

    // §3.10: the prior leader brings the target up to date, then tells it to stand at once
    [Fact]
    public void A_transfer_brings_its_target_up_to_date_first()
    {
        var cluster = new StillCluster(3);
        cluster.Elect(1);
        cluster.Isolated.Add(2);
        cluster.Do(1, node => node.Propose(new byte[1], 1));
        cluster.Settle();
        cluster.Isolated.Clear();
        cluster.Do(1, node => Assert.True(node.TransferLeadership(Two)));
        Assert.DoesNotContain(cluster.Wire, m => m is TimeoutNow);
        cluster.Tick(1);
        cluster.Settle();
        Assert.Equal((RaftRole.Leader, new LogIndex(3)), (cluster[2].Node.Role, cluster[2].Node.LastIndex));
    }

    // §3.10: "If leadership transfer does not complete after about an election timeout, the prior leader aborts the transfer and resumes"
    [Fact]
    public void A_transfer_that_does_not_complete_is_given_up()
    {
        var cluster = new StillCluster(3);
        cluster.Elect(1);
        cluster.Isolated.Add(2);
        cluster.Do(1, node => node.TransferLeadership(Two));
        cluster.Do(1, node => Assert.Equal(ProposeOutcome.Transferring, node.Propose(new byte[1], 1).Outcome));
        for (int i = 0; i < 10; i++)
        {
            cluster.Tick(1);
            cluster.Settle();
        }
        cluster.Do(1, node => Assert.Equal(ProposeOutcome.Appended, node.Propose(new byte[1], 1).Outcome));
    }

    [Fact]
    public void A_leader_whose_disk_stalls_hands_over()
    {
        var cluster = new StillCluster(3, o => o with { DiskStallTicks = 5 });
        cluster.Elect(1);
        cluster.Tick(1);
        cluster.Settle();
        cluster.Do(1, node => node.Propose(new byte[1], 1));
        for (int i = 0; i < 8 && cluster[1].Node.Role == RaftRole.Leader; i++)
        {
            cluster.Tick(1);
            DeliverWithoutDiskOf(cluster, 1);
        }
        Assert.Equal(RaftRole.Follower, cluster[1].Node.Role);
        cluster.Settle();
        Assert.Single(new[] { 2UL, 3UL }, id => cluster[id].Node.Role == RaftRole.Leader);
    }

    private static void DeliverWithoutDiskOf(StillCluster cluster, ulong stalled)
    {
        while (cluster.Wire.Count > 0)
        {
            var message = cluster.Wire[0];
            cluster.Wire.RemoveAt(0);
            cluster.Step(message.To.Value, message);
            foreach (ulong id in (ulong[])[1, 2, 3])
                while (id != stalled && cluster[id].HasWrites) cluster[id].CompleteWrite();
        }
    }

    private static IEnumerable<bool> Votes(StillCluster cluster)
    {
        while (cluster[3].HasWrites) cluster[3].CompleteWrite();
        return cluster.Wire.OfType<VoteResponse>().Select(v => v.Granted);
    }
}
