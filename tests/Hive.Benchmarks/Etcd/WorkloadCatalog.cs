using Hive.Benchmarks.Etcd.Workloads;

namespace Hive.Benchmarks.Etcd;

/// <summary>All workloads, in the order in which they run.</summary>
internal static class WorkloadCatalog
{
    public static IReadOnlyList<IWorkload> All { get; } =
    [
        .. RequestRates.All, new WatchFanOut(), new HungWatcher(),
        // From here on clusters are large: each finds the keys of the one before.
        new RestartOfMillion(), new LargeRanges(), new Compaction(), new KeepAlives(),
    ];
}
