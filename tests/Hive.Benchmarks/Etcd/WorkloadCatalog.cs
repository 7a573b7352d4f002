using Hive.Benchmarks.Etcd.Workloads;

namespace Hive.Benchmarks.Etcd;

/// <summary>All workloads, in the order in which they run.</summary>
internal static class WorkloadCatalog
{
    public static IReadOnlyList<IWorkload> All { get; } = [.. RequestRates.All, new WatchFanOut()];
}
