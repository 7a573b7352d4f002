using System.Diagnostics.Tracing;
using System.Globalization;

namespace Hive.Benchmarks.Store;

/// <summary>
/// Prints each collection of all generations once it has ended, as the runtime itself tells of it: whether it really went on beside the program, and why it was begun. One that was begun to
/// go on beside it may turn into one that does not, which <see cref="GC.GetGCMemoryInfo(GCKind)"/> shows without a reason.
/// </summary>
internal sealed class CollectionTrace : EventListener
{
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";
    private const EventKeywords Collections = (EventKeywords)1;
    private const uint Oldest = 2, Concurrent = 1;

    // As the runtime numbers them in GCStart and GCGlobalHeapHistory.
    private static readonly string[] Reasons =
    [
        "small objects", "induced", "low memory", "empty", "large objects", "no room for small objects", "no room for large objects", "induced, not forced", "stress",
        "low memory, blocking", "induced, compacting", "low memory of the host", "full, concurrent", "low memory of the host, blocking", "bulk promotion",
    ];

    protected override void OnEventSourceCreated(EventSource source)
    {
        if (source.Name == Runtime) EnableEvents(source, EventLevel.Informational, Collections);
    }

    protected override void OnEventWritten(EventWrittenEventArgs told)
    {
        if (told.EventName is not { } name) return;
        if (name.Contains("ConcurrentThread", StringComparison.Ordinal)) Console.WriteLine($"  the collector's background thread: {name}");
        if (!name.StartsWith("GCGlobalHeapHistory", StringComparison.Ordinal) || Number(told, "CondemnedGeneration") != Oldest) return;
        var beside = (Number(told, "GlobalMechanisms") & Concurrent) != 0;
        Console.WriteLine($"  collection of all generations {(beside ? "beside the program" : "that held everybody up")}, for {Name(Number(told, "Reason"))}");
    }

    private static uint Number(EventWrittenEventArgs told, string field) =>
        Convert.ToUInt32(told.Payload![told.PayloadNames!.IndexOf(field)], CultureInfo.InvariantCulture);

    private static string Name(uint reason) => reason < Reasons.Length ? Reasons[reason] : $"({reason})";
}
