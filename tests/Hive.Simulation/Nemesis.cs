using System.Collections.Immutable;
using Hive.Queen.Core;
using Hive.Raft;
using Hive.Simulation.Machines;
using Hive.Simulation.World;

namespace Hive.Simulation;

/// <summary>Brings about the faults of a plan, until the world is healed. Those of the network are in <see cref="NetworkNemesis"/>.</summary>
internal sealed class Nemesis
{
    private const long EmptyDisk = long.MaxValue / 2;
    private const int MostMembers = 7;
    private static readonly TimeSpan RightBehindCommit = TimeSpan.FromMicroseconds(600);
    private static readonly TimeSpan RightBehindTransfer = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestOffice = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestDeaf = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestBlink = TimeSpan.FromMilliseconds(2), LongestBlink = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestLease = TimeSpan.FromMilliseconds(250);
    private static readonly (TimeSpan, TimeSpan) HealthyDisk = (TimeSpan.FromMicroseconds(80), TimeSpan.FromMicroseconds(800));

    private readonly Timeline _timeline;
    private readonly Trace _trace;
    private readonly SimRandom _random;
    private readonly Plan _plan;
    private readonly Cluster _cluster;
    private readonly NetworkNemesis _network;
    private readonly List<Action> _choices = [];
    private readonly bool _rotsEverywhere;
    private MemberId _rotten;
    private bool _over;

    public Nemesis(Timeline timeline, Trace trace, SimRandom random, Plan plan, Cluster cluster)
    {
        (_timeline, _trace, _random, _plan, _cluster) = (timeline, trace, random, plan, cluster);
        _network = new NetworkNemesis(timeline, trace, random.Fork(), cluster);
        _rotsEverywhere = random.OneIn(2);
    }

    public int Strikes { get; private set; }

    public void Start()
    {
        void Choose(Faults fault, Action strike)
        {
            if (_plan.Faults.HasFlag(fault)) _choices.Add(strike);
        }
        Choose(Faults.Crash, CrashOne);
        Choose(Faults.AllDown, () => { if (_random.OneIn(4)) foreach (var member in _cluster.Members) member.Crash(); });
        Choose(Faults.Pause, () => AnyUp()?.Pause(_random.Between(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(3))));
        Choose(Faults.Partition, _network.Partition);
        Choose(Faults.OneWay, _network.OneWay);
        Choose(Faults.Shift, () => _network.Shift(_plan.BetweenFaults, MemberId.None));
        Choose(Faults.Stall, _network.Stall);
        Choose(Faults.SlowDisk, SlowDisk);
        Choose(Faults.FullDisk, FullDisk);
        Choose(Faults.WallSteps, StepWallClock);
        Choose(Faults.Drift, Drift);
        Choose(Faults.Transfer, Transfer);
        Choose(Faults.Membership, ChangeMembership);
        Choose(Faults.Rot, _rotsEverywhere ? RotEverywhere : Rot);
        if (_plan.Faults.HasFlag(Faults.Ambush))
        {
            _cluster.Elected += leader => { if (_random.OneIn(2)) Ambush(leader, _plan.AmbushWithin); };
            _cluster.FirstCommitted += leader => { if (_random.OneIn(2)) Ambush(leader, RightBehindCommit); };
        }
        if (_plan.Faults.HasFlag(Faults.Usurp))
        {
            _cluster.Elected += leader => { if (_random.OneIn(2)) Usurp(leader, _random.OneIn(3) ? _random.Between(TimeSpan.Zero, LongestOffice) : TimeSpan.Zero); };
            _cluster.FirstCommitted += leader => Usurp(leader, _random.Between(TimeSpan.Zero, _random.OneIn(3) ? LongestOffice : RightBehindCommit));
        }
        Plan();
        KeepStarting();
    }

    /// <summary>All faults end; what is down comes up.</summary>
    public void Heal()
    {
        _over = true;
        _trace.Event("heal", 0, 0, 0);
        _network.Heal();
        _cluster.Network.Faults = SimNetwork.Healthy;
        foreach (var member in _cluster.Members)
        {
            member.CrashPointsPerMille = 0;
            member.HeldUpOnceIn = 0;
            member.Disk.Room = EmptyDisk;
            member.DiskLatency = HealthyDisk;
            member.Start();
        }
    }

    private void Plan() => _timeline.After(_random.Between(TimeSpan.Zero, _plan.BetweenFaults * 2), () =>
    {
        if (_over || _choices.Count == 0) return;
        Strikes++;
        _random.Pick(_choices)();
        Plan();
    });

    /// <summary>Whatever crashed comes up again some time later.</summary>
    private void KeepStarting() => _timeline.After(_random.Between(TimeSpan.FromMilliseconds(5), _plan.LongestDown), () =>
    {
        if (_over) return;
        foreach (var member in _cluster.Members)
            if (!member.IsUp && _random.OneIn(2)) StartAgain(member);
        KeepStarting();
    });

    private void StartAgain(SimMember member)
    {
        member.Start();
        int life = member.Life;
        if (!_plan.Faults.HasFlag(Faults.Flapping) || _random.OneIn(3)) return;
        _timeline.After(_random.Between(TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(400)), () => { if (!_over && member.Life == life) member.Crash(); });
    }

    private SimMember? AnyUp()
    {
        var member = _random.Pick(_cluster.Members);
        return member.IsUp ? member : null;
    }

    private SimMember? LeaderOrAny() => _random.OneIn(2) ? _cluster.Leader : AnyUp();

    private void CrashOne()
    {
        if (_plan.Leases != Leases.Off && _random.OneIn(2) && _cluster.Leader is { } leader) CrashWhoPromised(leader);
        else LeaderOrAny()?.Crash();
    }

    /// <summary>
    /// One voter does not hear the leader and asks the others again and again; these stand by the leader, crash, and are asked again as soon as they are up: what they promised
    /// counts still.
    /// </summary>
    private void CrashWhoPromised(SimMember leader)
    {
        var voters = leader.Core!.Raft.Membership.Voters;
        if (voters.Length < 3 || _random.Pick(voters) is var deaf && deaf == leader.Id) return;
        _network.Part(leader.Id, deaf, LongestDeaf);
        int life = leader.Life;
        _timeline.After(_random.Between(LongestLease, LongestDeaf), () =>
        {
            if (_over || leader.Life != life) return;
            foreach (var voter in voters.Where(v => v != leader.Id && v != deaf)) CrashShortly(_cluster.Find(voter)!);
        });
    }

    private void CrashShortly(SimMember member)
    {
        member.Crash();
        _timeline.After(_random.Between(ShortestBlink, LongestBlink), () => { if (!_over && !member.IsUp) StartAgain(member); });
    }

    /// <summary>Somebody was elected, or committed its first entry: it is hit while news of that is on its way, and whoever was cut off before is let back in.</summary>
    private void Ambush(SimMember leader, TimeSpan within)
    {
        int life = leader.Life;
        _timeline.After(_random.Between(TimeSpan.Zero, within), () =>
        {
            if (_over || leader.Life != life) return;
            Strikes++;
            switch (_random.Below(5))
            {
                case 0:
                    _network.LetBackIn();
                    leader.Crash();
                    break;
                case 1:
                    leader.Pause(_random.Between(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1)));
                    break;
                default:
                    _network.Isolate(leader.Id, _random.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(3)), bothWays: false, noticed: _random.OneIn(2));
                    break;
            }
        });
    }

    /// <summary>The leader is cut off before anybody can have taken what it just sent, and leads on by itself; the one before it is let back in.</summary>
    private void Usurp(SimMember leader, TimeSpan after)
    {
        int life = leader.Life;
        bool noticed = _random.OneIn(2);
        _timeline.After(after, () =>
        {
            if (_over || leader.Life != life) return;
            Strikes++;
            _network.Isolate(leader.Id, _random.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2)), bothWays: true, noticed);
        });
    }

    /// <summary>A clock changes its rate; or all do, to the worst that read leases bear: the leader's is slow, the others' are fast, and the leader is cut off while it reads by its lease.</summary>
    private void Drift()
    {
        if (_random.OneIn(2) || _cluster.Leader is not { } leader)
        {
            AnyUp()?.Clock.SetRate(_random.Pick([MemberClock.Slowest, MemberClock.Right, MemberClock.Fastest]));
            return;
        }
        foreach (var member in _cluster.Members) member.Clock.SetRate(member == leader ? MemberClock.Slowest : MemberClock.Fastest);
        if (_plan.Leases != Leases.Off) Usurp(leader, _random.Between(TimeSpan.Zero, LongestLease));
    }

    /// <summary>Leadership is to move; now and then the leader is cut off just then, so that it does not learn what came of it while it may read by its lease.</summary>
    private void Transfer()
    {
        if (_cluster.Leader is not { } leader) return;
        leader.Put(new QueenInput.Transfer(0, _random.OneIn(2) ? MemberId.None : _random.Pick(_cluster.Members).Id));
        if (_plan.Leases != Leases.Off && _random.OneIn(2)) Usurp(leader, _random.Between(TimeSpan.Zero, RightBehindTransfer));
    }

    /// <summary>A wall clock jumps; now and then that of a leader which is cut off just then.</summary>
    private void StepWallClock()
    {
        if (LeaderOrAny() is not { } member) return;
        member.Clock.WallOffset = TimeSpan.FromSeconds(_random.Between(-100_000, 100_000));
        if (_plan.Leases != Leases.Off && member.IsLeader && _random.OneIn(2)) Usurp(member, TimeSpan.Zero);
    }

    private void SlowDisk()
    {
        if (LeaderOrAny() is not { } member) return;
        member.DiskLatency = (TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(_random.Between(10, 1500)));
        _timeline.After(_random.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(4)), () => member.DiskLatency = HealthyDisk);
    }

    private void FullDisk()
    {
        if (AnyUp() is not { } member) return;
        _trace.Event("full", member.Id.Value, 0, 0);
        member.Disk.Room = _random.Below(100_000);
        _timeline.After(_random.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(4)), () => member.Disk.Room = EmptyDisk);
    }

    /// <summary>One change, or two at once by operators who do not know of each other; now and then the network splits just then.</summary>
    private void ChangeMembership()
    {
        if (_cluster.Leader is not { } leader) return;
        if (_random.OneIn(4))
        {
            ChangeTwiceAndSplit(leader);
            return;
        }
        var present = leader.Core!.Raft.Membership;
        for (int changes = _random.OneIn(3) ? 2 : 1; changes > 0; changes--)
            if (DrawChange(present) is { } change) leader.Put(new QueenInput.ChangeMembership(0, change));
        if (_random.OneIn(3)) _network.SplitChange(leader, _random.Between(TimeSpan.Zero, TimeSpan.FromMilliseconds(_random.Pick([1, 5, 30]))));
    }

    /// <summary>
    /// Two voters more, or two less, by two operators at once, and nobody of those who do not know of it yet hears of it: were both changes taken, the
    /// leader's side and the other side would be a majority each.
    /// </summary>
    private void ChangeTwiceAndSplit(SimMember leader)
    {
        var voters = leader.Core!.Raft.Membership.Voters;
        bool adds = leader.Core.Raft.Membership.Members.Length + 2 <= MostMembers && (voters.Length < 4 || _random.OneIn(2));
        if (!adds && voters.Length < 4) return;
        MemberId[] others = [.. voters.Where(v => v != leader.Id)];
        int first = _random.Below(others.Length);
        for (int i = 0; i < 2; i++)
        {
            MembershipStep step = adds ? new SetMember(_cluster.AddMember(), MemberKind.Voter, null) : new RemoveMember(others[(first + i) % others.Length]);
            leader.Put(new QueenInput.ChangeMembership(0, MembershipChange.Of(step)));
        }
        _network.SplitChange(leader, TimeSpan.Zero);
    }

    /// <summary>Adds, removes or replaces: never more than <see cref="MostMembers"/>.</summary>
    private MembershipChange? DrawChange(Membership present)
    {
        var steps = ImmutableArray.CreateBuilder<MembershipStep>();
        if (_random.OneIn(2) && present.Members.Length > 1) steps.Add(new RemoveMember(_random.Pick(present.Members).Id));
        if (present.Members.Length < MostMembers && (_random.OneIn(2) || steps.Count == 0))
        {
            var kind = _random.Pick([MemberKind.Voter, MemberKind.Voter, MemberKind.JoiningVoter, MemberKind.Learner]);
            steps.Add(new SetMember(_cluster.AddMember(), kind, null));
        }
        var learner = present.Members.FirstOrDefault(m => m.Kind == MemberKind.Learner);
        if (learner is not null && _random.OneIn(2) && steps.All(s => s.Member != learner.Id)) steps.Add(new SetMember(learner.Id, MemberKind.Voter, null));
        return steps.Count == 0 ? null : new MembershipChange(steps.DrainToImmutable()) { Joint = _random.OneIn(3) };
    }

    /// <summary>
    /// One member's journal rots while it is down: bits flip, or a write is found to have gone to a wrong place. The same member as long as there is one: corruption on a
    /// minority, in every membership that anybody may act on.
    /// </summary>
    private void Rot()
    {
        var inForce = _cluster.MembershipsInForce();
        if (inForce.All(m => m.Find(_rotten) is null)) _rotten = _random.Pick(_cluster.Members).Id;
        if (inForce.Any(m => m.Quorum.Tally(id => id != _rotten) != VoteOutcome.Won)) return;
        var member = _cluster.Find(_rotten)!;
        if (member.IsRetired) return;
        member.Crash();
        bool rotted = _random.OneIn(3) ? member.Disk.Misdirect("journal") : member.Disk.Rot("journal");
        _trace.Event("rot", member.Id.Value, rotted ? 1u : 0, 0);
        // Where it hurts most: on the one that alone has seen what two majorities agreed on.
        if (_random.OneIn(2)) _network.Shift(_plan.BetweenFaults, member.Id);
    }

    /// <summary>
    /// All go down, and on each of them records of committed entries rot: of different ones on every member, so that of each entry one readable record is left
    /// somewhere. No majority is whole then, and no leader can be. Changes of membership are spared: whoever lost every record that names the others would not know whom to ask, and
    /// is for people to bring back (README of Hive.Raft).
    /// </summary>
    private void RotEverywhere()
    {
        var inForce = _cluster.MembershipsInForce();
        foreach (var member in _cluster.Members) member.Crash();
        var copies = new SortedDictionary<LogIndex, int>();
        // Copies on those who leave, or were not heard of by all, do not count: they may be switched off, and not everybody asks them.
        var disks = _cluster.Members.Where(m => !m.IsRetired && inForce.All(f => f.Find(m.Id) is not null)).Select(m => (Member: m, Entries: m.Disk.JournalEntries())).ToList();
        foreach (var disk in disks)
            foreach (var index in disk.Entries.Where(e => _cluster.IsCommitted(e.Id)).Select(e => e.Id.Index).Distinct())
                copies[index] = copies.GetValueOrDefault(index) + 1;
        foreach (var (member, entries) in disks)
        {
            ulong rotted = 0;
            for (int tries = _random.Between(1, 8); tries > 0 && entries.Count > 0; tries--)
            {
                var (id, file, at, size) = _random.Pick(entries);
                if (copies.GetValueOrDefault(id.Index) < 2 || !_cluster.IsCommitted(id) || _cluster.ChangesMembership(id.Index) || !file.Rot(_random, at, size)) continue;
                copies[id.Index]--;
                rotted++;
            }
            _trace.Event("rot", member.Id.Value, rotted, 1);
        }
    }
}
