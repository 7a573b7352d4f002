using Hive.Queen.Core;
using Hive.Raft;
using Hive.Simulation.Machines;
using Hive.Simulation.World;

namespace Hive.Simulation;

/// <summary>Brings about the faults of a plan, until the world is healed.</summary>
internal sealed class Nemesis(Timeline timeline, Trace trace, SimRandom random, Plan plan, Cluster cluster)
{
    private const long EmptyDisk = long.MaxValue / 2;
    private static readonly (TimeSpan, TimeSpan) HealthyDisk = (TimeSpan.FromMicroseconds(80), TimeSpan.FromMicroseconds(800));

    private readonly List<Action> _choices = [];
    private MemberId _rotten;
    private bool _over;

    public int Strikes { get; private set; }

    public void Start()
    {
        void Choose(Faults fault, Action strike)
        {
            if (plan.Faults.HasFlag(fault)) _choices.Add(strike);
        }
        Choose(Faults.Crash, CrashOne);
        Choose(Faults.AllDown, () => { if (random.OneIn(4)) foreach (var member in cluster.Members) member.Crash(); });
        Choose(Faults.Pause, () => AnyUp()?.Pause(random.Between(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(3))));
        Choose(Faults.Partition, Partition);
        Choose(Faults.OneWay, OneWay);
        Choose(Faults.SlowDisk, SlowDisk);
        Choose(Faults.FullDisk, FullDisk);
        Choose(Faults.WallSteps, () => { if (AnyUp() is { } member) member.Clock.WallOffset = TimeSpan.FromSeconds(random.Between(-100_000, 100_000)); });
        Choose(Faults.Transfer, () => Leader()?.Put(new QueenInput.Transfer(0, random.OneIn(2) ? MemberId.None : random.Pick(cluster.Members).Id)));
        Choose(Faults.Membership, ChangeMembership);
        Choose(Faults.Rot, Rot);
        Plan();
        KeepStarting();
    }

    /// <summary>All faults end; what is down comes up.</summary>
    public void Heal()
    {
        _over = true;
        trace.Event("heal", 0, 0, 0);
        cluster.Network.Heal();
        cluster.Network.Faults = SimNetwork.Healthy;
        foreach (var member in cluster.Members)
        {
            member.CrashPointsPerMille = 0;
            member.Disk.Room = EmptyDisk;
            member.DiskLatency = HealthyDisk;
            member.Start();
        }
    }

    private void Plan() => timeline.After(random.Between(TimeSpan.Zero, plan.BetweenFaults * 2), () =>
    {
        if (_over || _choices.Count == 0) return;
        Strikes++;
        random.Pick(_choices)();
        Plan();
    });

    /// <summary>Whatever crashed comes up again some time later.</summary>
    private void KeepStarting() => timeline.After(random.Between(TimeSpan.FromMilliseconds(5), plan.LongestDown), () =>
    {
        if (_over) return;
        foreach (var member in cluster.Members)
            if (!member.IsUp && random.OneIn(2)) member.Start();
        KeepStarting();
    });

    private SimMember? AnyUp()
    {
        var member = random.Pick(cluster.Members);
        return member.IsUp ? member : null;
    }

    private SimMember? Leader() => cluster.Members.FirstOrDefault(m => m.IsLeader);

    private void CrashOne() => (random.OneIn(2) ? Leader() : AnyUp())?.Crash();

    /// <summary>Two sides that do not hear each other; now and then all is healed instead.</summary>
    private void Partition()
    {
        cluster.Network.Heal();
        trace.Event("partition", 0, 0, 0);
        if (random.OneIn(3)) return;
        var side = cluster.Members.Where(_ => random.OneIn(2)).Select(m => m.Id).ToHashSet();
        foreach (var from in cluster.Members)
            foreach (var to in cluster.Members)
                if (side.Contains(from.Id) != side.Contains(to.Id)) cluster.Network.Cut(from.Id, to.Id);
    }

    private void OneWay()
    {
        cluster.Network.Heal();
        trace.Event("one-way", 0, 0, 0);
        foreach (var from in cluster.Members)
            foreach (var to in cluster.Members)
                if (random.OneIn(5)) cluster.Network.Cut(from.Id, to.Id);
    }

    private void SlowDisk()
    {
        if (AnyUp() is not { } member) return;
        member.DiskLatency = (TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(random.Between(10, 1500)));
        timeline.After(random.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(4)), () => member.DiskLatency = HealthyDisk);
    }

    private void FullDisk()
    {
        if (AnyUp() is not { } member) return;
        trace.Event("full", member.Id.Value, 0, 0);
        member.Disk.Room = random.Below(100_000);
        timeline.After(random.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(4)), () => member.Disk.Room = EmptyDisk);
    }

    /// <summary>Adds, removes or replaces: at most seven members, and never so that the healthy ones could not go on.</summary>
    private void ChangeMembership()
    {
        if (Leader() is not { } leader) return;
        var present = leader.Core!.Raft.Membership;
        var steps = new List<MembershipStep>();
        if (random.OneIn(2) && present.Members.Length > 1)
        {
            var gone = random.Pick(present.Members);
            steps.Add(new RemoveMember(gone.Id));
        }
        if (present.Members.Length < 7 && (random.OneIn(2) || steps.Count == 0))
        {
            var kind = random.Pick([MemberKind.Voter, MemberKind.JoiningVoter, MemberKind.JoiningVoter, MemberKind.Learner]);
            steps.Add(new SetMember(cluster.AddMember(), kind, null));
        }
        var learner = present.Members.FirstOrDefault(m => m.Kind == MemberKind.Learner);
        if (learner is not null && random.OneIn(2) && steps.All(s => s.Member != learner.Id)) steps.Add(new SetMember(learner.Id, MemberKind.Voter, null));
        if (steps.Count > 0) leader.Put(new QueenInput.ChangeMembership(0, new MembershipChange([.. steps]) { Joint = random.OneIn(3) }));
    }

    /// <summary>Bits of one member's journal flip while it is down. The same member each time: corruption on a minority.</summary>
    private void Rot()
    {
        if (cluster.Members.Count < 3 || plan.Faults.HasFlag(Faults.Membership)) return;
        if (_rotten.IsNone) _rotten = random.Pick(cluster.Members).Id;
        var member = cluster.Find(_rotten)!;
        if (member.IsRetired) return;
        member.Crash();
        bool rotted = member.Disk.Rot("journal");
        trace.Event("rot", member.Id.Value, rotted ? 1u : 0, 0);
    }
}
