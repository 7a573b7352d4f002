using System.Runtime;

namespace Hive.Platform;

/// <summary>How the garbage collector of this process is to behave.</summary>
public static class Collector
{
    /// <summary>
    /// For a process that serves: collections of all generations go on beside it, and none that holds everybody up is chosen just because memory is fragmented. With millions of
    /// keys such a one takes hundreds of milliseconds: every node of the trees is visited, and may be moved. Left are those of a machine that is about to run out of memory.
    /// </summary>
    public static void PreferShortPauses() => GCSettings.LatencyMode = GCLatencyMode.SustainedLowLatency;

    /// <summary>
    /// Whether the process was built to serve (<c>HiveServes</c> in Directory.Build.targets). If not, the runtime gives up the thread that collects beside it after 20 s without use,
    /// and the next collection of all generations holds everybody up.
    /// </summary>
    public static bool IsForServing => GCSettings.IsServerGC;
}
