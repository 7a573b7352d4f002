using Hive.Raft.Tests.Cluster;

namespace Hive.Raft.Tests.Paper;

/// <summary>Claims of the thesis about the log, commitment, snapshots and reads, one test each; the section stands above it.</summary>
public class ReplicationTests
{
    private static readonly MemberId One = new(1), Two = new(2), Three = new(3);

    // §3.5: "A log entry is committed once the leader that created the entry has replicated it on a majority of the servers"
    [Fact]
    public void An_entry_commits_with_a_majority_of_durable_copies_and_not_before()
    {
        var cluster = new StillCluster(3);
        cluster.Elect(1);
        cluster.Isolated.Add(3);
        cluster.Do(1, node => node.Propose(new byte[1], 1));
        cluster[1].CompleteWrite();
        Assert.Equal(new LogIndex(1), cluster[1].Node.CommitIndex);
        cluster.Settle();
        Assert.Equal(new LogIndex(2), cluster[1].Node.CommitIndex);
    }

    // §3.5: "If the follower does not find an entry in its log with the same index and term, then it refuses the new entries."
    [Fact]
    public void Entries_after_a_gap_are_refused_with_a_hint()
    {
        var cluster = new StillCluster(3);
        cluster.Step(2, new AppendRequest(One, Two, new Term(3), new LogIndex(7), new Term(2), [], LogIndex.Zero));
        cluster[2].CompleteWrite();
        var answer = cluster.Wire.OfType<AppendResponse>().Single();
        Assert.Equal((true, new LogIndex(7), LogIndex.Zero), (answer.Rejected, answer.Index, answer.HintIndex));
    }

    // §3.5: "conflicting entries in follower logs will be overwritten with entries from the leader's log", and a repeated message changes nothing
    [Fact]
    public void A_conflicting_tail_is_replaced_and_a_late_duplicate_cuts_nothing()
    {
        var cluster = new StillCluster(3, o => o with { PreVote = false, CheckQuorum = false });
        cluster.Elect(1);
        cluster.Isolated.Add(1);
        cluster.Do(1, node => node.Propose("lost"u8.ToArray(), 1));
        cluster.Do(1, node => node.Propose("lost too"u8.ToArray(), 2));
        cluster.Settle();
        cluster.Elect(2);
        cluster.Isolated.Clear();
        cluster.Tick(2);
        cluster.Settle();
        Assert.Equal(new LogIndex(2), cluster[1].Node.LastIndex);
        Assert.True(cluster.EntryOf(1, 2).SameAs(cluster.EntryOf(2, 2)));

        var two = cluster.EntryOf(2, 2);
        cluster.Do(2, node => node.Propose(new byte[1], 3));
        cluster.Settle();
        cluster.Step(1, new AppendRequest(Two, One, two.Term, new LogIndex(1), new Term(1), [two], new LogIndex(2)));
        Assert.Equal(new LogIndex(3), cluster[1].Node.LastIndex);
    }

    // §5.3 of the paper, thesis §3.5: a follower's hint lets the leader skip a whole conflicting term
    [Fact]
    public void A_long_conflicting_tail_is_found_in_few_round_trips()
    {
        var cluster = new StillCluster(3, o => o with { PreVote = false, CheckQuorum = false });
        cluster.Elect(1);
        cluster.Isolated.Add(1);
        for (ulong i = 0; i < 500; i++) cluster.Do(1, node => node.Propose(new byte[1], i));
        cluster.Settle();
        cluster.Elect(2);
        for (ulong i = 0; i < 500; i++) cluster.Do(2, node => node.Propose(new byte[1], i));
        cluster.Settle();
        cluster.Isolated.Clear();
        int before = cluster.Taken.Count(t => t.Member == 1);
        cluster.Tick(2);
        cluster.Settle();
        Assert.Equal(cluster[2].Node.LastIndex, cluster[1].Node.LastIndex);
        Assert.InRange(cluster.Taken.Count(t => t.Member == 1) - before, 1, 12);
    }

    // §3.5: a leader "tracks the highest index it knows to be committed, and includes that index in future AppendEntries RPCs"
    [Fact]
    public void Followers_learn_the_commit_index_without_waiting_for_a_heartbeat()
    {
        var cluster = new StillCluster(3);
        cluster.Elect(1);
        cluster.Do(1, node => node.Propose(new byte[1], 1));
        cluster.Settle();
        Assert.Equal([2UL, 2UL, 2UL], new[] { 1UL, 2UL, 3UL }.Select(id => cluster[id].Applied.Value));
    }

    // §10.2.1: "the leader may even commit an entry before it has been written to its own disk"; nobody applies what its own disk may lose
    [Fact]
    public void A_member_applies_only_what_its_own_disk_holds()
    {
        var cluster = new StillCluster(1);
        cluster.Do(1, node => node.Campaign());
        cluster[1].CompleteWrite();
        Assert.Equal(RaftRole.Leader, cluster[1].Node.Role);
        Assert.False(cluster[1].HasApplies);
        cluster[1].CompleteWrite();
        Assert.True(cluster[1].HasApplies);
    }

    // §10.2.2: pipelining, within a window of messages and bytes
    [Fact]
    public void A_follower_that_does_not_answer_is_sent_no_more_than_the_window()
    {
        var cluster = new StillCluster(2, o => o with { Limits = new RaftLimits { AppendBytes = 1, InflightMessages = 4 } });
        cluster.Elect(1);
        for (ulong i = 0; i < 20; i++) cluster.Do(1, node => node.Propose(new byte[10], i));
        Assert.Equal(4, cluster.Wire.OfType<AppendRequest>().Count(m => m.Entries.Length > 0));
        cluster.Settle();
        Assert.Equal(new LogIndex(21), cluster[2].Applied);
    }

    [Fact]
    public void A_follower_that_does_not_answer_is_sent_no_more_bytes_than_the_window_and_one_message()
    {
        const long window = 200;
        var cluster = new StillCluster(2, o => o with { Limits = new RaftLimits { AppendBytes = 1, InflightBytes = window } });
        cluster.Elect(1);
        for (ulong i = 0; i < 20; i++) cluster.Do(1, node => node.Propose(new byte[30], i));
        long[] sent = [.. cluster.Wire.OfType<AppendRequest>().Where(m => m.Entries.Length > 0).Select(m => m.Entries.Sum(e => (long)e.ChargedBytes))];
        Assert.True(sent.Sum() >= window && sent.SkipLast(1).Sum() < window, $"{sent.Sum()} bytes in {sent.Length} messages");
        cluster.Settle();
        Assert.Equal(new LogIndex(21), cluster[2].Applied);
    }

    [Fact]
    public void A_leader_refuses_proposals_past_its_bound_and_takes_them_again_later()
    {
        var cluster = new StillCluster(2, o => o with { Limits = new RaftLimits { UncommittedBytes = 100 } });
        cluster.Elect(1);
        cluster.Do(1, node => Assert.Equal(ProposeOutcome.Appended, node.Propose(new byte[90], 1).Outcome));
        cluster.Do(1, node => Assert.Equal(ProposeOutcome.TooManyUncommitted, node.Propose(new byte[90], 2).Outcome));
        cluster.Settle();
        cluster.Do(1, node => Assert.Equal(ProposeOutcome.Appended, node.Propose(new byte[90], 3).Outcome));
    }

    // §6.2: "a client's request may be forwarded"; a refusal says that nothing was appended
    [Fact]
    public void A_forwarded_proposal_is_appended_by_the_leader_or_refused()
    {
        var cluster = new StillCluster(3);
        cluster.Elect(1);
        cluster.Do(2, node => Assert.Equal(ProposeOutcome.Forwarded, node.Propose("x"u8.ToArray(), 77).Outcome));
        cluster.Settle();
        Assert.Equal("x"u8.ToArray(), cluster.EntryOf(3, 2).Payload.ToArray());

        cluster.Do(2, node => node.Propose("y"u8.ToArray(), 78));
        cluster.Do(1, node => node.TransferLeadership(Three));
        cluster.Settle();
        Assert.Contains(cluster.Taken, t => t.Member == 2 && t.Ready.RefusedProposals.Contains(78UL));
    }

    // §3.7: "If a server crashes before persisting, it will simply not have acknowledged": state survives by disk alone
    [Fact]
    public void A_restarted_cluster_goes_on_with_all_that_was_committed()
    {
        var cluster = new StillCluster(3);
        cluster.Elect(1);
        for (ulong i = 0; i < 5; i++) cluster.Do(1, node => node.Propose(new byte[1], i));
        cluster.Settle();
        foreach (ulong id in (ulong[])[1, 2, 3])
        {
            cluster[id].Crash(0);
            cluster[id].Start();
        }
        cluster.Elect(3);
        Assert.Equal((new Term(2), new LogIndex(7)), (cluster[3].Node.Term, cluster[3].Applied));
    }

    // §5.1: a snapshot's metadata carries the last index, its term and the configuration
    [Fact]
    public void A_snapshot_brings_the_membership_with_it()
    {
        var cluster = new StillCluster(1);
        cluster.Elect(1);
        cluster.Do(1, node => node.ProposeMembership(MembershipChange.Of(new SetMember(Two, MemberKind.Learner, new byte[] { 42 }))));
        cluster.Settle();
        cluster[1].Compact(0);
        cluster.Add(2, Membership.Empty);
        for (int i = 0; i < 3; i++)
        {
            cluster.Tick(1);
            cluster.Settle();
        }
        Assert.Equal(RaftRole.Learner, cluster[2].Node.Role);
        Assert.Equal((byte)42, cluster[2].Node.Membership.Find(Two)!.Attributes.Span[0]);
        Assert.Equal(cluster[1].Applied, cluster[2].Applied);
    }

    // §6.4: "the leader exchanges heartbeats with a majority of the cluster" before it answers
    [Fact]
    public void A_deposed_leader_answers_no_read()
    {
        var cluster = new StillCluster(3, o => o with { PreVote = false, CheckQuorum = false });
        cluster.Elect(1);
        cluster.Isolated.Add(1);
        cluster.Do(1, node => node.ReadIndex(5));
        cluster.Tick(2, 20);
        cluster.Settle();
        cluster.Isolated.Clear();
        cluster.Tick(1);
        cluster.Settle();
        var read = cluster.Taken.SelectMany(t => t.Ready.ReadStates).Single();
        Assert.True(read.Refused);
    }

    [Fact]
    public void An_answer_to_a_read_of_an_earlier_start_is_dropped()
    {
        var cluster = new StillCluster(3);
        cluster.Elect(1);
        cluster.Do(2, node => node.ReadIndex(9));
        cluster[2].Crash(0);
        cluster[2].Start();
        cluster.Settle();
        Assert.DoesNotContain(cluster.Taken, t => t.Member == 2 && t.Ready.ReadStates.Length > 0);
    }

    [Fact]
    public void Log_time_stands_still_between_leaders_and_never_goes_back()
    {
        var cluster = new StillCluster(3, o => o with { PreVote = false, CheckQuorum = false });
        cluster.Elect(1);
        cluster.Tick(1, 100);
        cluster.Do(1, node => node.Propose(new byte[1], 1));
        cluster.Settle();
        var last = cluster.EntryOf(1, 2).Stamp;
        Assert.Equal(TimeSpan.FromSeconds(1), last.Log - LogTime.Zero);
        cluster.Tick(2, 1);
        cluster.Elect(2);
        Assert.Equal(last.Log, cluster.EntryOf(2, 3).Stamp.Log);
    }

    [Fact]
    public void A_follower_that_lost_its_log_is_fed_again_by_the_same_leader()
    {
        var cluster = new StillCluster(3);
        cluster.Elect(1);
        for (ulong i = 0; i < 5; i++) cluster.Do(1, node => node.Propose(new byte[1], i));
        cluster.Settle();
        cluster[3].Crash(0);
        cluster[3].Disk.LoseFrom(new LogIndex(3));
        cluster[3].Adjust = o => o with { WithholdVotesUntil = new LogIndex(6) };
        cluster[3].Start();
        Assert.True(cluster[3].Node.VotesWithheld);
        cluster.Do(1, node => node.Propose(new byte[1], 9));
        cluster.Settle();
        cluster.Tick(1);
        cluster.Settle();
        Assert.Equal(new LogIndex(7), cluster[3].Applied);
        Assert.False(cluster[3].Node.VotesWithheld);
    }
}
