using System.Diagnostics;

namespace Hive.Etcd.Metrics;

/// <summary>What the operating system says of this process.</summary>
internal static class ProcessFigures
{
    private const string DescriptorFolder = "/proc/self/fd";
    private const string LimitsFile = "/proc/self/limits";
    private const string DescriptorLimit = "Max open files";

    public static void Write(MetricsText text)
    {
        using var process = Process.GetCurrentProcess();
        text.Gauge("process_resident_memory_bytes", "Resident memory.", process.WorkingSet64);
        text.Gauge("process_virtual_memory_bytes", "Virtual memory.", process.VirtualMemorySize64);
        text.Counter("process_cpu_seconds_total", "Processor time used.", process.TotalProcessorTime.TotalSeconds);
        var started = new DateTimeOffset(process.StartTime.ToUniversalTime(), TimeSpan.Zero).ToUnixTimeMilliseconds() / 1000.0;
        text.Gauge("process_start_time_seconds", "When this process started, in seconds of the Unix epoch.", started);
        WriteCollector(text);
        if (!OperatingSystem.IsLinux()) return;
        text.Gauge("process_open_fds", "Open file descriptors.", Directory.EnumerateFileSystemEntries(DescriptorFolder).Count());
        text.Gauge("process_max_fds", "Most file descriptors that may be open.", MostDescriptors());
    }

    /// <summary>Under OpenTelemetry's names for .NET processes.</summary>
    private static void WriteCollector(MetricsText text)
    {
        const string Collections = "dotnet_gc_collections_total";
        text.Counter("dotnet_gc_pause_time_seconds_total", "Time for which the garbage collector held the process up.", GC.GetTotalPauseDuration().TotalSeconds);
        text.Family(Collections, "counter", "Garbage collections: each counts in the highest generation that it collected.");
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
            Sample(generation, GC.CollectionCount(generation) - (generation < GC.MaxGeneration ? GC.CollectionCount(generation + 1) : 0));

        void Sample(int generation, int count) => text.Sample(Collections, $"gc_heap_generation=\"gen{generation}\"", count);
    }

    private static long MostDescriptors()
    {
        var line = File.ReadLines(LimitsFile).FirstOrDefault(line => line.StartsWith(DescriptorLimit, StringComparison.Ordinal));
        var soft = line?[DescriptorLimit.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return long.TryParse(soft, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var most) ? most : long.MaxValue;
    }
}
