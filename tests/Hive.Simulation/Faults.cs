using Hive.Simulation.Machines;
using Hive.Simulation.World;

namespace Hive.Simulation;

/// <summary>Kinds of faults. Each seed switches on a part of them (swarm testing): few at once go deeper than all at once.</summary>
[Flags]
internal enum Faults
{
    None = 0,
    Crash = 1,
    CrashPoints = 2,
    AllDown = 4,
    Pause = 8,
    Partition = 16,
    OneWay = 32,
    Loss = 64,
    Duplicate = 128,
    Reorder = 256,
    SlowDisk = 512,
    FullDisk = 1024,
    Drift = 2048,
    WallSteps = 4096,
    Transfer = 8192,
    Membership = 16384,
    Rot = 32768,
    SlowNetwork = 65536,
    All = 131071,
}

/// <summary>What one seed chose.</summary>
internal sealed record Plan(
    int Members, Faults Faults, TimeSpan Length, TimeSpan BetweenFaults, NetworkFaults Network, int CrashPointsPerMille, int Clients, int Keys, TimeSpan Think,
    bool Encodes, long SnapshotEntries, long TrailingEntries, int AppendBytes, int InflightMessages, int CacheBytes,
    TimeSpan LongestDown)
{
    public static Plan Draw(SimRandom random, Faults without, TimeSpan? length)
    {
        var faults = Faults.None;
        for (int bit = 1; bit < (int)Faults.All; bit <<= 1)
            if (random.OneIn(2)) faults |= (Faults)bit;
        int crashPoints = random.Between(1, 30);
        var slowest = random.OneIn(3) ? TimeSpan.FromMilliseconds(random.Between(2, 40)) : TimeSpan.FromMilliseconds(2);
        int loss = random.Between(1, 60), duplicates = random.Between(1, 60);
        var plan = new Plan(
            Members: random.Pick([1, 2, 3, 3, 3, 3, 4, 5, 5]), faults & ~without, length ?? TimeSpan.FromSeconds(random.Between(15, 50)),
            BetweenFaults: TimeSpan.FromMilliseconds(random.OneIn(2) ? random.Between(30, 300) : random.Between(200, 3000)), SimNetwork.Healthy, 0,
            Clients: random.OneIn(3) ? random.Between(8, 16) : random.Between(2, 7), Keys: random.Between(1, 9),
            Think: TimeSpan.FromMilliseconds(random.Between(10, 200)), Encodes: random.OneIn(3),
            SnapshotEntries: random.Pick([20, 60, 200, 1000]), TrailingEntries: random.Pick([1, 10, 50]), AppendBytes: random.Pick([1, 500, 1 << 20]),
            InflightMessages: random.Pick([1, 4, 256]), CacheBytes: random.Pick([0, 2000, 1 << 20]),
            LongestDown: TimeSpan.FromMilliseconds(random.Pick([20, 100, 900])));
        bool Has(Faults fault) => plan.Faults.HasFlag(fault);
        return plan with
        {
            CrashPointsPerMille = Has(Faults.CrashPoints) ? crashPoints : 0,
            Network = new NetworkFaults(
                TimeSpan.FromMicroseconds(100), Has(Faults.SlowNetwork) ? slowest : SimNetwork.Healthy.Longest,
                Has(Faults.Loss) ? loss : 0, Has(Faults.Duplicate) ? duplicates : 0, Has(Faults.Reorder),
                StragglersPerMille: Has(Faults.Reorder) ? 20 : 0),
        };
    }

    public override string ToString() =>
        $"{Members} members, {Clients} clients, {Length.TotalSeconds:F0} s, a fault every {BetweenFaults.TotalSeconds:F1} s of [{Faults}]";
}
