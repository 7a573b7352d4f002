using Hive.Raft;
using Hive.Simulation.Machines;
using Hive.Simulation.World;

namespace Hive.Simulation;

/// <summary>Kinds of faults. Each seed switches on a part of them (swarm testing): few at once go deeper than all at once.</summary>
[Flags]
internal enum Faults
{
    None = 0,
    Crash = 1,
    CrashPoints = 1 << 1,
    AllDown = 1 << 2,
    Pause = 1 << 3,
    Partition = 1 << 4,
    OneWay = 1 << 5,
    Loss = 1 << 6,
    Duplicate = 1 << 7,
    Reorder = 1 << 8,
    SlowDisk = 1 << 9,
    FullDisk = 1 << 10,
    Drift = 1 << 11,
    WallSteps = 1 << 12,
    Transfer = 1 << 13,
    Membership = 1 << 14,
    Rot = 1 << 15,
    SlowNetwork = 1 << 16,

    /// <summary>Who was just elected is hit at once: two and three changes of leadership within one partition.</summary>
    Ambush = 1 << 17,

    /// <summary>The majority that can talk moves on, with one member in common with the one before, which may crash just then.</summary>
    Shift = 1 << 18,

    /// <summary>A link holds everything back and lets it go later, in order: old answers meet a new world.</summary>
    Stall = 1 << 19,

    /// <summary>Up to three kinds of message often come late, or once more later: beyond cuts, elections and restarts.</summary>
    Late = 1 << 20,

    /// <summary>What just came up crashes again soon.</summary>
    Flapping = 1 << 21,

    /// <summary>Leaders are cut off the moment they are elected, or right behind their first commit: terms pile up, each with a log of its own.</summary>
    Usurp = 1 << 22,

    All = (1 << 23) - 1,
}

/// <summary>Which members answer reads by lease, and promise what leases need.</summary>
internal enum Leases { Off, Everywhere, Some }

/// <summary>What one seed chose.</summary>
/// <param name="Learners">Of the members, those that begin without a vote.</param>
internal sealed record Plan(
    int Members, int Learners, Faults Faults, TimeSpan Length, TimeSpan BetweenFaults, NetworkFaults Network, int CrashPointsPerMille, int Clients, int Keys,
    TimeSpan Think, bool Encodes, long SnapshotEntries, long TrailingEntries, int AppendBytes, int InflightMessages, int CacheBytes,
    TimeSpan LongestDown, TimeSpan AmbushWithin, Leases Leases)
{
    /// <summary>What may be late in a seed: each is harmless on time, and each has its own rule that makes it harmless late.</summary>
    private static readonly Type[] LateKinds =
    [
        typeof(VoteRequest), typeof(VoteRequest), typeof(VoteResponse), typeof(PreVoteResponse), typeof(AppendRequest), typeof(AppendRequest), typeof(AppendResponse),
        typeof(Heartbeat), typeof(HeartbeatResponse), typeof(HeartbeatResponse), typeof(ReadIndexResponse), typeof(ReadIndexResponse), typeof(TimeoutNow), typeof(ProposeRequest),
    ];

    public static Plan Draw(SimRandom random, Faults without, TimeSpan? length)
    {
        var faults = Faults.None;
        int rarity = random.Pick([2, 2, 4]);
        for (int bit = 1; bit < (int)Faults.All; bit <<= 1)
            if (random.OneIn(rarity)) faults |= (Faults)bit;
        if (random.OneIn(2)) faults |= Faults.Late;
        // What outlives the process that asked: late answers and short lives belong together.
        if (faults.HasFlag(Faults.Late) && random.OneIn(2)) faults |= Faults.Crash | Faults.Flapping;
        faults &= ~without;
        // An entry at a time, each acknowledged before the next leaves: what comes between two entries of one leader is met often then.
        bool narrow = random.OneIn(faults.HasFlag(Faults.Usurp) ? 2 : 8);
        int members = random.Pick([1, 2, 3, 3, 3, 3, 4, 5, 5]);
        return new Plan(
            members, members < 3 ? 0 : random.Pick([0, 0, 0, 1, 2, 3]), faults, length ?? TimeSpan.FromSeconds(random.Between(15, 50)),
            BetweenFaults: TimeSpan.FromMilliseconds(random.OneIn(2) ? random.Between(30, 300) : random.Between(200, 3000)), DrawNetwork(random, faults),
            CrashPointsPerMille: If(faults, Faults.CrashPoints, random.Between(1, 30)),
            Clients: random.OneIn(3) ? random.Between(8, 16) : random.Between(2, 7), Keys: random.Between(1, 9),
            Think: TimeSpan.FromMilliseconds(random.Between(10, 200)), Encodes: random.OneIn(3),
            SnapshotEntries: random.Pick([20, 60, 200, 1000]), TrailingEntries: random.Pick([1, 10, 50]), AppendBytes: narrow ? 1 : random.Pick([1, 500, 1 << 20]),
            InflightMessages: narrow ? 1 : random.Pick([1, 4, 256]), CacheBytes: random.Pick([0, 2000, 1 << 20]),
            LongestDown: TimeSpan.FromMilliseconds(random.Pick([20, 100, 900])), AmbushWithin: TimeSpan.FromMilliseconds(random.Pick([2, 5, 20, 200])),
            Leases: random.Pick([Leases.Off, Leases.Off, Leases.Everywhere, Leases.Some]));
    }

    private static NetworkFaults DrawNetwork(SimRandom random, Faults faults)
    {
        var slowest = random.OneIn(3) ? TimeSpan.FromMilliseconds(random.Between(2, 40)) : TimeSpan.FromMilliseconds(2);
        int loss = random.Between(1, 60), duplicates = random.Between(1, 60);
        var late = new Type[random.Between(1, 4)];
        for (int i = 0; i < late.Length; i++) late[i] = random.Pick(LateKinds);
        var lateBy = TimeSpan.FromMilliseconds(random.Pick([5, 50, 500, 2000]));
        int latePerMille = random.Pick([300, 900]);
        bool reorders = faults.HasFlag(Faults.Reorder);
        return new NetworkFaults(
            TimeSpan.FromMicroseconds(100), faults.HasFlag(Faults.SlowNetwork) ? slowest : SimNetwork.Healthy.Longest, If(faults, Faults.Loss, loss),
            If(faults, Faults.Duplicate, duplicates), reorders, StragglersPerMille: reorders ? 20 : 0, faults.HasFlag(Faults.Late) ? late : [], lateBy, latePerMille);
    }

    private static int If(Faults faults, Faults fault, int value) => faults.HasFlag(fault) ? value : 0;

    public override string ToString() =>
        $"{Members} members{(Learners > 0 ? $" and {Learners} learners" : "")}{(Leases == Leases.Off ? "" : $", leases {Leases}")}, {Clients} clients, {Length.TotalSeconds:F0} s, a fault every {BetweenFaults.TotalSeconds:F1} s of " +
        $"[{Faults}]{(Network.Late is [_, ..] late ? $", late: {string.Join(' ', late.Select(l => l.Name))} by {Network.LateBy.TotalMilliseconds} ms" : "")}";
}
