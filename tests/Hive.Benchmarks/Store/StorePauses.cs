using System.Diagnostics;
using System.Globalization;
using Hive.Platform;
using Hive.Store;
using Hive.Store.Transfer;

namespace Hive.Benchmarks.Store;

/// <summary>
/// A steady stream of puts into a store of many keys: what is the longest that one had to wait, by itself and while the store is exported, read in large
/// ranges and compacted? The collector's own pauses are told apart from what a busy machine adds.
/// </summary>
internal static class StorePauses
{
    private const int PutsPerSecond = 20_000;
    private const int RangeKeys = 100_000;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(8);

    public static int Run(string[] args)
    {
        Collector.PreferShortPauses();
        using var trace = new CollectionTrace();
        var keys = args is ["--keys", var number] ? int.Parse(number, CultureInfo.InvariantCulture) : 1_000_000;
        var log = new EntryLog { Step = TimeSpan.FromTicks(TimeSpan.TicksPerSecond / PutsPerSecond) };
        Fill(log, keys);
        Memory("with all keys", log.Store);

        Stream(log, keys, "puts alone", null);
        Stream(log, keys, "puts while exporting", _ => Export(log.Store.Snapshot()));
        Stream(log, keys, "puts while 100,000 keys are read, again and again", ended => Ranges(log.Store, ended));
        Stream(log, keys, "puts, a snapshot taken every 100 us", ended =>
        {
            while (!ended.IsCancellationRequested)
            {
                log.Store.Snapshot();
                Thread.SpinWait(3_000);
            }
        });
        Memory("before compaction", log.Store);
        log.Apply(new CompactCommand(log.Store.Revision));
        Stream(log, keys, "puts after compacting all history", null);
        Memory("after compaction", log.Store);
        Import(log.Store.Snapshot());
        return 0;
    }

    /// <summary>As fast as it goes; the collector's pauses count here too.</summary>
    private static void Fill(EntryLog log, int keys)
    {
        var collector = new CollectorPauses();
        var began = Stopwatch.GetTimestamp();
        long worst = 0;
        for (var i = 0; i < keys; i++)
        {
            var from = Stopwatch.GetTimestamp();
            log.Put(Spread(i, keys));
            worst = Math.Max(worst, Stopwatch.GetTimestamp() - from);
            collector.Look();
        }
        Console.WriteLine(
            $"{keys:n0} keys of 8 + {EntryLog.ValueBytes} bytes written in {Stopwatch.GetElapsedTime(began).TotalSeconds:n1} s  worst {Stopwatch.GetElapsedTime(0, worst).TotalMilliseconds:n1} ms  {collector}");
    }

    private static void Stream(EntryLog log, int keys, string what, Action<CancellationToken>? beside)
    {
        using var ended = new CancellationTokenSource();
        var other = beside is null ? null : new Thread(() => beside(ended.Token)) { IsBackground = true };
        other?.Start();
        var latencies = new Distribution();
        var collector = new CollectorPauses();
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var began = Stopwatch.GetTimestamp();
        var done = 0;
        long worst = 0;
        while (Stopwatch.GetElapsedTime(began) < Time || other is { IsAlive: true })
        {
            // Paced: each put is due at its time, so that one held up shows in all that wait behind it.
            var due = began + (long)(done * (double)Stopwatch.Frequency / PutsPerSecond);
            if (Stopwatch.GetTimestamp() < due)
            {
                Thread.SpinWait(20);
                continue;
            }
            var from = Stopwatch.GetTimestamp();
            log.Put(Spread(done++, keys));
            var took = Stopwatch.GetTimestamp() - from;
            latencies.Add(took);
            worst = Math.Max(worst, took);
            collector.Look();
            if (Stopwatch.GetElapsedTime(began) >= Time) ended.Cancel();
        }
        var elapsed = Stopwatch.GetElapsedTime(began);
        Console.WriteLine(
            $"{what,-52} {done / elapsed.TotalSeconds,8:n0} /s  p50 {latencies.Percentile(0.5).TotalMicroseconds,6:n0} us  p99 {latencies.Percentile(0.99).TotalMicroseconds,7:n0} us  p99.9 {latencies.Percentile(0.999).TotalMicroseconds,7:n0} us" +
            $"  worst {Stopwatch.GetElapsedTime(0, worst).TotalMilliseconds,6:n1} ms  {(double)(GC.GetAllocatedBytesForCurrentThread() - bytes) / done,7:n0} B each  {collector}");
    }

    private static void Export(StoreSnapshot snapshot)
    {
        var began = Stopwatch.GetTimestamp();
        long bytes = 0;
        foreach (var chunk in snapshot.Export()) bytes += chunk.Length;
        Console.WriteLine($"  exported {bytes >> 20:n0} MiB in {Stopwatch.GetElapsedTime(began).TotalSeconds:n1} s");
    }

    private static void Ranges(KeyValueStore store, CancellationToken ended)
    {
        var ranges = 0;
        while (!ended.IsCancellationRequested)
        {
            store.Snapshot().Range(new RangeQuery(new byte[] { 0 }) { RangeEnd = new byte[] { 0 }, Limit = RangeKeys }, out _);
            ranges++;
        }
        Console.WriteLine($"  {ranges:n0} ranges of {RangeKeys:n0} keys");
    }

    private static void Import(StoreSnapshot snapshot)
    {
        var chunks = snapshot.Export().Select(chunk => chunk.ToArray()).ToList();
        var began = Stopwatch.GetTimestamp();
        var import = new StateImport();
        foreach (var chunk in chunks)
        {
            if (!import.Add(chunk)) throw new InvalidOperationException("the import failed");
        }
        Console.WriteLine($"imported {chunks.Sum(chunk => (long)chunk.Length) >> 20:n0} MiB in {Stopwatch.GetElapsedTime(began).TotalSeconds:n2} s, complete: {import.IsComplete}");
    }

    private static void Memory(string when, KeyValueStore store)
    {
        using var self = Process.GetCurrentProcess();
        var heap = GC.GetGCMemoryInfo();
        Console.WriteLine(
            $"memory {when}: working set {self.WorkingSet64 >> 20:n0} MiB, managed {heap.HeapSizeBytes >> 20:n0} MiB of which slabs {store.Bytes.TotalBytes >> 20:n0} MiB (in use {store.Bytes.InUseBytes >> 20:n0} MiB)");
    }

    /// <summary>Keys in an order that is not the tree's.</summary>
    private static long Spread(int i, int keys) => (long)i * 7_919 % keys;
}
