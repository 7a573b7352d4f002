using FsCheck;
using FsCheck.Fluent;
using Hive.Raft.Tests.Cluster;

namespace Hive.Raft.Tests;

/// <summary>Holes in durable logs: filled without a leader, from whoever still has each entry.</summary>
public class RepairTests
{
    /// <summary>A cluster whose members hold entries 1 to 7: 1 of term 1, 2 to 5 of term 2, 6 and 7 of term 3; all committed.</summary>
    private static StillCluster Whole(int size = 3)
    {
        var cluster = new StillCluster(size, o => o with { PreVote = false, CheckQuorum = false, Limits = new RaftLimits { AppendBytes = 200, CacheBytes = 0 } });
        cluster.Elect(1);
        cluster.Tick(2, 10);
        cluster.Elect(2);
        for (ulong i = 0; i < 3; i++) cluster.Do(2, node => node.Propose(new byte[] { (byte)i }, i));
        cluster.Settle();
        cluster.Tick(3, 10);
        cluster.Elect(3);
        cluster.Do(3, node => node.Propose(new byte[] { 9 }, 9));
        cluster.Settle();
        for (ulong id = 1; id <= (ulong)size; id++) Assert.Equal(new LogIndex(7), cluster[id].Applied);
        return cluster;
    }

    private static void Rot(StillCluster cluster, ulong id, params ulong[] indexes)
    {
        cluster[id].Crash(0);
        var end = cluster[id].Disk.Rot(indexes);
        cluster[id].Adjust = o => o with { PromisedEnd = end };
        cluster[id].Start();
    }

    private static void Run(StillCluster cluster, int rounds)
    {
        for (int round = 0; round < rounds; round++)
        {
            for (ulong id = 1; id <= 3; id++)
                if (cluster[id].IsUp) cluster.Tick(id);
            cluster.Settle();
        }
    }

    [Fact]
    public void Different_entries_lost_on_every_member_come_back_without_a_leader()
    {
        var cluster = Whole();
        var before = Enumerable.Range(1, 7).Select(i => cluster.EntryOf(1, (ulong)i)).ToList();
        for (ulong id = 1; id <= 3; id++) cluster[id].Crash(0);
        Rot(cluster, 1, 2, 3);
        Rot(cluster, 2, 4, 6);
        Rot(cluster, 3, 5, 7);
        Run(cluster, 8);
        for (ulong id = 1; id <= 3; id++)
        {
            Assert.True(cluster[id].Node.IsWhole, $"member {id}");
            Assert.Equal((RaftRole.Follower, new LogIndex(7)), (cluster[id].Node.Role, cluster[id].Node.PersistedIndex));
            for (ulong index = 1; index <= 7; index++) Assert.True(before[(int)index - 1].SameAs(cluster.EntryOf(id, index)));
        }
        cluster.Elect(1);
    }

    [Fact]
    public void One_readable_record_of_each_entry_is_enough_wherever_it_is()
    {
        var cluster = Whole();
        for (ulong id = 1; id <= 3; id++) cluster[id].Crash(0);
        Rot(cluster, 1, 1, 2, 4, 5, 7);
        Rot(cluster, 2, 2, 3, 5, 6);
        Rot(cluster, 3, 1, 3, 4, 6, 7);
        Run(cluster, 40);
        for (ulong id = 1; id <= 3; id++) Assert.True(cluster[id].Node.IsWhole, $"member {id}");
    }

    // Found by the simulator: what was lost lay in front of the change that brought the members together, and the membership left named nobody.
    [Fact]
    public void Who_is_named_only_by_a_record_that_the_log_lost_its_connection_to_is_asked_too()
    {
        var cluster = new StillCluster(1, o => o with { PreVote = false, CheckQuorum = false });
        cluster.Elect(1);
        cluster.Add(2, Membership.Empty);
        cluster.Do(1, node => node.Propose(new byte[] { 1 }, 1));
        cluster.Settle();
        cluster.Do(1, node => node.ProposeMembership(MembershipChange.Of(new SetMember(new MemberId(2), MemberKind.Voter, null))));
        for (int i = 0; i < 10; i++)
        {
            cluster.Tick(1);
            cluster.Settle();
        }
        Assert.Equal(new LogIndex(3), cluster[2].Applied);
        var both = cluster[2].Node.Membership.Members;
        cluster[1].Crash(0);
        Rot(cluster, 2, 1);
        var acquainted = cluster[2].Adjust;
        cluster[2].Crash(0);
        cluster[2].Adjust = o => acquainted(o) with { Acquaintances = both };
        cluster[2].Start();
        Rot(cluster, 1, 2);
        Assert.Empty(cluster[2].Node.Membership.Members);
        Assert.Equal(both.Select(m => m.Id), cluster[2].Node.Reach.Select(m => m.Id));
        for (int i = 0; i < 60; i++)
        {
            cluster.Tick(2);
            cluster.Settle();
        }
        Assert.True(cluster[2].Node.IsWhole);
        Assert.Equal("voters=(1 2)", cluster[2].Node.Membership.ToString());
    }

    [Fact]
    public void A_member_with_a_hole_votes_by_the_end_that_its_log_had_and_does_not_stand()
    {
        var cluster = Whole();
        cluster[1].Crash(0);
        cluster[2].Crash(0);
        Rot(cluster, 3, 3);
        Assert.False(cluster[3].Node.IsWhole);
        cluster.Tick(3, 200);
        Assert.Equal((RaftRole.Follower, new Term(3)), (cluster[3].Node.Role, cluster[3].Node.Term));
        Assert.False(Grants(cluster, new Term(7), lastIndex: 6, lastTerm: 3));
        Assert.True(Grants(cluster, new Term(8), lastIndex: 7, lastTerm: 3));
        Assert.True(Grants(cluster, new Term(9), lastIndex: 1, lastTerm: 4));
    }

    private static bool Grants(StillCluster cluster, Term term, ulong lastIndex, ulong lastTerm)
    {
        cluster.Tick(3, 20);
        cluster.Wire.Clear();
        cluster.Step(3, new VoteRequest(new MemberId(1), new MemberId(3), term, new LogIndex(lastIndex), new Term(lastTerm), false));
        while (cluster[3].HasWrites) cluster[3].CompleteWrite();
        return cluster.Wire.OfType<VoteResponse>().Single().Granted;
    }

    [Fact]
    public void What_a_newer_leader_has_replaced_is_not_brought_back()
    {
        var cluster = Whole();
        cluster.Isolated.Add(3);
        for (ulong i = 20; i < 23; i++) cluster.Do(3, node => node.Propose(new byte[] { 1 }, i));
        cluster.Settle();
        Assert.Equal(new LogIndex(10), cluster[3].Disk.LastIndex);
        cluster[3].Crash(0);
        cluster.Tick(1, 20);
        cluster.Tick(2, 20);
        cluster.Elect(1);
        Rot(cluster, 3, 6, 9);
        cluster.Isolated.Clear();
        Run(cluster, 12);
        Assert.True(cluster[3].Node.IsWhole);
        Assert.True(cluster.EntryOf(1, 8).SameAs(cluster.EntryOf(3, 8)));
        Assert.Equal(cluster[1].Applied, cluster[3].Applied);
    }

    [Fact]
    public void An_old_tail_is_not_put_behind_what_has_replaced_its_beginning()
    {
        var cluster = Whole();
        MemberId one = new(1), two = new(2), three = new(3);
        Entry Of(ulong index, ulong term) => new(new Term(term), new LogIndex(index), EntryKind.Normal, default, new byte[1]);
        cluster[1].Crash(0);
        cluster[2].Crash(0);
        cluster.Step(3, new AppendRequest(one, three, new Term(5), new LogIndex(7), new Term(3), [Of(8, 5), Of(9, 5)], new LogIndex(7)));
        cluster.Settle();
        Rot(cluster, 3, 8);
        // The leader of term 6 has an older entry at 8, and one of its own term behind it, which has not arrived yet.
        cluster.Step(3, new AppendRequest(two, three, new Term(6), new LogIndex(7), new Term(3), [Of(8, 4)], new LogIndex(7)));
        Run(cluster, 10);
        cluster.Step(3, new LineageResponse(one, three, new EntryId(new LogIndex(8), new Term(5)), [new EntryId(new LogIndex(8), new Term(5)), new EntryId(new LogIndex(6), new Term(3))]));
        Run(cluster, 10);
        Assert.Equal((new LogIndex(8), new Term(4)), (cluster[3].Disk.LastIndex, cluster[3].Disk.TermAt(new LogIndex(8))!.Value));
        Assert.False(cluster[3].Node.IsWhole);
    }

    [Fact]
    public void An_uncommitted_entry_that_nobody_else_has_keeps_only_its_holder_from_standing()
    {
        var cluster = Whole();
        cluster.Isolated.Add(3);
        cluster.Do(3, node => node.Propose(new byte[] { 1 }, 20));
        cluster.Do(3, node => node.Propose(new byte[] { 1 }, 21));
        cluster.Settle();
        cluster.Isolated.Clear();
        Rot(cluster, 3, 8);
        Run(cluster, 60);
        Assert.True(cluster[1].Node.Role == RaftRole.Leader || cluster[2].Node.Role == RaftRole.Leader);
        Assert.True(cluster[3].Node.IsWhole);
        Assert.Equal(cluster[1].Applied, cluster[3].Applied);
    }

    [Fact]
    public void What_is_in_no_log_any_more_comes_back_as_a_peers_snapshot_without_a_leader()
    {
        var cluster = Whole();
        cluster[1].Compact(0);
        cluster[2].Compact(0);
        for (ulong id = 1; id <= 3; id++) cluster[id].Crash(0);
        Rot(cluster, 3, 2);
        cluster[1].Start();
        cluster.Isolated.Add(2);
        // Member 1 is never ticked: no election, and no leader to send a snapshot by itself.
        for (int round = 0; round < 60; round++)
        {
            cluster.Tick(3);
            cluster.Settle();
        }
        Assert.True(cluster[3].Node.IsWhole);
        Assert.Equal(new LogIndex(7), cluster[3].Disk.Snapshot.Index);
    }

    /// <summary>Simulation seed 13003516: always the same peers were asked for a snapshot, and never the only one that had it.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void A_snapshot_is_found_with_whichever_peer_has_it(ulong holder)
    {
        var cluster = Whole(6);
        cluster[holder].Compact(0);
        Rot(cluster, 3, 2);
        for (ulong id = 1; id <= 6; id++)
            if (id != 3 && id != holder) cluster.Isolated.Add(id);
        // Five peers, each with ten election time-outs to deliver, after all were asked for the entry.
        for (int round = 0; round < 800; round++)
        {
            cluster.Tick(3);
            cluster.Settle();
        }
        Assert.True(cluster[3].Node.IsWhole);
    }

    /// <summary>Simulation seed 2100526: the members that were down in turn had asked each other in vain so often that they asked only for snapshots, which nobody had.</summary>
    [Fact]
    public void What_was_asked_in_vain_for_long_comes_back_once_somebody_has_it()
    {
        var cluster = Whole();
        for (ulong id = 1; id <= 3; id++) cluster[id].Crash(0);
        Rot(cluster, 2, 2, 7);
        Rot(cluster, 3, 4, 7);
        Run(cluster, 300);
        Assert.False(cluster[2].Node.IsWhole || cluster[3].Node.IsWhole);
        cluster[1].Start();
        for (int round = 0; round < 80; round++)
        {
            // Member 1 is never ticked: no election, and no leader who would send everything by itself.
            cluster.Tick(2);
            cluster.Tick(3);
            cluster.Settle();
        }
        for (ulong id = 2; id <= 3; id++) Assert.True(cluster[id].Node.IsWhole, $"member {id}");
    }

    [Fact]
    public void A_lineage_is_what_it_was_extended_by() => Prop.ForAll(
        Arb.From(from falls in Gen.ArrayOf(Gen.Choose(0, 2)) from probes in Gen.ArrayOf(Gen.Choose(-3, 40)) select (falls, probes)), sample =>
        {
            ulong top = 20, term = 100;
            var lineage = new Lineage(new EntryId(new LogIndex(top), new Term(term)));
            var naive = new SortedDictionary<ulong, ulong> { [top] = term };
            foreach (int fall in sample.falls.Take(20))
            {
                term -= (ulong)fall;
                lineage.Extend(new Term(term));
                naive[--top] = term;
            }
            return sample.probes.All(p => lineage.At(new LogIndex((ulong)Math.Max(0, p)))?.Term.Value == (naive.TryGetValue((ulong)Math.Max(0, p), out ulong known) ? known : null));
        }).QuickCheckThrowOnFailure();
}
