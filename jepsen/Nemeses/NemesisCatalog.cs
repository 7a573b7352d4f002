using Hive.Jepsen.Members;
using Hive.Jepsen.Workloads;

namespace Hive.Jepsen.Nemeses;

/// <summary>All kinds of faults. A kind is added by one file and one line here.</summary>
public static class NemesisCatalog
{
    /// <summary>No fault at all.</summary>
    public const string None = "none";

    private static IReadOnlyList<INemesis> All =>
    [
        new KillNemesis(),
        new KillAllNemesis(),
        new PauseNemesis(),
        new PartitionNemesis("partition", [.. PartitionShapes.All]),
        .. PartitionShapes.All.Select(shape => new PartitionNemesis("partition-" + shape.Name, [shape])),
        new ClockNemesis("clock-jump", strobes: false),
        new ClockNemesis("clock-strobe", strobes: true),
        new SlowNemesis(),
        new LossNemesis(),
        new DiskFullNemesis(),
        new CorruptionNemesis(),
        new TransferNemesis(),
        new RollingRestartNemesis(),
        new DataLossNemesis(),
        new ChurnNemesis(),
        .. DroneNemesis.All,
    ];

    public static IReadOnlyList<string> Names => [None, .. All.Select(n => n.Name)];

    /// <summary>A new one: some remember whom they chose.</summary>
    public static INemesis Create(string name) => All.First(n => n.Name == name);

    /// <summary>All kinds that a workload can suffer: those of drones where it has drones.</summary>
    public static IEnumerable<string> For(string workload) => All.Where(n => workload == WorkloadCatalog.WithDrones || !n.Needs.HasFlag(MemberNeeds.Drones)).Select(n => n.Name);

    public static MemberNeeds Needs(IEnumerable<string> names) => names.Where(n => n != None).Aggregate(MemberNeeds.None, (needs, name) => needs | Create(name).Needs);
}
