using Hive.Raft;
using Hive.Simulation.Machines;
using Hive.Simulation.World;

namespace Hive.Simulation;

/// <summary>Cuts and stalls links. It looks at who leads and who votes, for the worst splits lie along majorities.</summary>
internal sealed class NetworkNemesis(Timeline timeline, Trace trace, SimRandom random, Cluster cluster)
{
    private readonly SortedSet<MemberId> _majority = [];
    private long _isolations;
    private bool _over;

    public void Heal()
    {
        _over = true;
        cluster.Network.Heal();
    }

    /// <summary>Two sides that do not hear each other; now and then all is healed instead.</summary>
    public void Partition()
    {
        cluster.Network.Heal();
        trace.Event("partition", 0, 0, 0);
        if (random.OneIn(3)) return;
        var side = cluster.Members.Where(_ => random.OneIn(2)).Select(m => m.Id).ToHashSet();
        if (cluster.Leader is { } leader && random.OneIn(2))
        {
            // The leader with fewer voters than it needs, and learners: all, or as they come.
            var voters = leader.Core!.Raft.Membership.Voters;
            int company = random.Below(Math.Max(1, voters.Length / 2));
            if (random.OneIn(2)) side.UnionWith(cluster.Members.Select(m => m.Id));
            side.ExceptWith(voters);
            side.Add(leader.Id);
            for (; company > 0; company--) side.Add(random.Pick(voters));
        }
        Split(side);
    }

    public void OneWay()
    {
        cluster.Network.Heal();
        trace.Event("one-way", 0, 0, 0);
        foreach (var from in cluster.Members)
            foreach (var to in cluster.Members)
                if (random.OneIn(5)) cluster.Network.Cut(from.Id, to.Id);
    }

    /// <summary>
    /// A majority that can talk, and none else; when the next one takes its place, one member alone has seen both, and crashes in half the cases.
    /// </summary>
    /// <param name="witness">That one; none: any.</param>
    public void Shift(TimeSpan pace, MemberId witness)
    {
        var voters = cluster.CommittedMembership().Voters;
        if (voters.Length < 3) return;
        if (witness.IsNone) witness = _majority.Count > 0 && random.OneIn(2) ? random.Pick([.. _majority]) : cluster.Leader?.Id ?? random.Pick(voters);
        var next = new SortedSet<MemberId>(voters.Where(v => !_majority.Contains(v))) { witness };
        while (next.Count <= voters.Length / 2) next.Add(random.Pick(voters));
        while (next.Count > voters.Length / 2 + 1 && random.Pick([.. next]) is var one && one != witness) next.Remove(one);
        trace.Event("shift", witness.Value, (ulong)next.Count, 0);
        _majority.Clear();
        _majority.UnionWith(next);
        cluster.Network.Heal();
        Split([.. next]);
        if (random.OneIn(2)) cluster.Find(witness)?.Crash();
        if (random.OneIn(2)) timeline.After(random.Between(TimeSpan.FromMilliseconds(100), pace + TimeSpan.FromSeconds(1)), LetBackIn);
    }

    /// <summary>Some links hold back what is sent on them.</summary>
    public void Stall()
    {
        var one = cluster.Leader is { } leader && random.OneIn(2) ? leader.Id : random.Pick(cluster.Members).Id;
        trace.Event("stall", one.Value, 0, 0);
        var longest = TimeSpan.FromMilliseconds(random.Pick([50, 400, 1200]));
        int which = random.Below(3);
        foreach (var other in cluster.Members)
        {
            if (other.Id == one || random.OneIn(3)) continue;
            if (which != 0) cluster.Network.Stall(one, other.Id, timeline.Now + random.Between(TimeSpan.Zero, longest));
            if (which != 1) cluster.Network.Stall(other.Id, one, timeline.Now + random.Between(TimeSpan.Zero, longest));
        }
    }

    /// <summary>One member is cut off for a while, in one direction or both; whoever was cut off before is not any more.</summary>
    /// <param name="noticed">Its connections break, so that others stand at once while what it asked before is still on its way.</param>
    public void Isolate(MemberId member, TimeSpan length, bool bothWays, bool noticed)
    {
        LetBackIn();
        trace.Event("isolate", member.Value, 0, 0);
        int which = bothWays ? 2 : random.Below(4);
        foreach (var other in cluster.Members)
        {
            if (other.Id == member) continue;
            if (which != 0) cluster.Network.Cut(member, other.Id);
            if (which != 1) cluster.Network.Cut(other.Id, member);
            if (noticed) cluster.Network.Break(member, other.Id);
        }
        long isolation = ++_isolations;
        timeline.After(length, () => { if (isolation == _isolations) LetBackIn(); });
    }

    /// <summary>Two members do not hear each other for a while, and all others do.</summary>
    public void Part(MemberId one, MemberId other, TimeSpan length)
    {
        LetBackIn();
        trace.Event("part", one.Value, other.Value, 0);
        cluster.Network.Cut(one, other);
        cluster.Network.Cut(other, one);
        long isolation = ++_isolations;
        timeline.After(length, () => { if (isolation == _isolations) LetBackIn(); });
    }

    public void LetBackIn()
    {
        if (!_over) cluster.Network.Heal();
    }

    /// <summary>A membership change is under way: those that it adds are split from those that it finds, or the leader is with few.</summary>
    public void SplitChange(SimMember leader, TimeSpan after)
    {
        var before = leader.Core!.Raft.Membership;
        timeline.After(after, () =>
        {
            if (_over) return;
            trace.Event("split-change", leader.Id.Value, 0, 0);
            cluster.Network.Heal();
            var side = cluster.Members.Where(m => before.Find(m.Id) is null).Select(m => m.Id).ToHashSet();
            side.Add(leader.Id);
            for (int company = random.Below(Math.Max(1, before.Voters.Length / 2)); company > 0; company--) side.Add(random.Pick(before.Voters));
            Split(side);
        });
    }

    private void Split(HashSet<MemberId> side)
    {
        foreach (var from in cluster.Members)
            foreach (var to in cluster.Members)
                if (side.Contains(from.Id) != side.Contains(to.Id)) cluster.Network.Cut(from.Id, to.Id);
    }
}
