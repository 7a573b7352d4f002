using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Hive.Store;

namespace Hive.Benchmarks.Store;

/// <summary>The state machine alone: what one apply, one read and one event cost, without network, log and consensus.</summary>
internal static class StoreBenchmarks
{
    public static int Run(string[] args)
    {
        var keys = args is ["--keys", var number] ? int.Parse(number, CultureInfo.InvariantCulture) : 1_000_000;
        // Once small, so that what is measured is compiled code.
        Measure(20_000, quiet: true);
        Measure(keys, quiet: false);
        return 0;
    }

    private static void Measure(int keys, bool quiet)
    {
        var bench = new Bench(quiet);
        var log = new EntryLog();
        log.Apply(new SetRetentionCommand(Retention.Default with { FreeBytes = 1L << 40 }));
        bench.Rate("put, new keys", keys, i => log.Put(Spread(i, keys)));
        bench.Memory($"memory for {keys:n0} keys of 8 + {EntryLog.ValueBytes} bytes", log.Store);
        bench.Rate("put, keys that exist", keys, i => log.Put(Spread(i, keys)));
        bench.Rate("put, a snapshot taken after each", Math.Min(keys, 200_000), i =>
        {
            log.Put(Spread(i, keys));
            log.Store.Snapshot();
        });
        var snapshot = log.Store.Snapshot();
        var key = new byte[8];
        bench.Rate("get, newest", keys, i =>
        {
            BinaryPrimitives.WriteInt64BigEndian(key, Spread(i, keys));
            snapshot.Range(new RangeQuery(key), out _);
        });
        var old = new Revision(keys + 1);
        bench.Rate("get, old revision", Math.Min(keys, 200_000), i =>
        {
            BinaryPrimitives.WriteInt64BigEndian(key, Spread(i, keys));
            snapshot.Range(new RangeQuery(key) { At = old }, out _);
        });
        bench.Rate("keys walked by a scan", keys, new Func<int>(() => snapshot.Scan(default, default).Count()));
        bench.Rate("count of all (O(log n))", 10_000, i => snapshot.Range(new RangeQuery(new byte[] { 0 }) { RangeEnd = new byte[] { 0 }, CountOnly = true }, out _));
        bench.Rate("bytes exported", 1, () => (int)snapshot.Export().Sum(c => (long)c.Length));
        MeasureWatchers(bench, log, keys);
        MeasureCompaction(bench, log);
        MeasureLeases(bench);
    }

    private static void MeasureWatchers(Bench bench, EntryLog log, int keys)
    {
        var all = Enumerable.Range(0, 10_000).Select(_ => log.Store.Watches.Open(new WatchQuery(new byte[] { 0 }, new byte[] { 0 }), () => { })).ToList();
        var events = 0L;
        bench.Rate("events to 10,000 watchers of one range", 100 * all.Count, () =>
        {
            for (var i = 0; i < 100; i++)
            {
                log.Put(Spread(i, keys));
                foreach (var watcher in all) events += watcher.TryTake(1 << 20, out var batch) ? batch.Changes.Length : 0;
            }
            return 100 * all.Count;
        });
        foreach (var watcher in all) watcher.Dispose();
        var singles = new List<Watcher>();
        var key = new byte[8];
        bench.Rate("watchers opened, one key each", 100_000, i =>
        {
            BinaryPrimitives.WriteInt64BigEndian(key, i);
            singles.Add(log.Store.Watches.Open(new WatchQuery(key), () => { }));
        });
        bench.Rate("put, 100,000 watchers of one key each", 100_000, i => log.Put(Spread(i, keys)));
        foreach (var watcher in singles) watcher.Dispose();
    }

    private static void MeasureCompaction(Bench bench, EntryLog log)
    {
        log.Apply(new CompactCommand(log.Store.Revision));
        var ticks = bench.Rate("ticks after compacting everything", 1, () =>
        {
            var count = 0;
            for (; log.Store.NextDeadline is not null && count < 1_000_000; count++) log.Apply(new TickCommand());
            return count;
        });
        bench.Memory("memory after compaction", log.Store);
    }

    private static void MeasureLeases(Bench bench)
    {
        var log = new EntryLog();
        const int Leases = 100_000, PerEntry = 1_000;
        bench.Rate("leases granted", Leases, i => log.Apply(new LeaseGrantCommand(new LeaseId(i + 1), 60)));
        bench.Rate("leases renewed, 1,000 an entry", Leases, () =>
        {
            for (var i = 0; i < Leases; i += PerEntry)
            {
                log.Apply(new LeaseRenewCommand([.. Enumerable.Range(i + 1, PerEntry).Select(id => new LeaseId(id))]));
            }
            return Leases;
        });
    }

    /// <summary>Keys in an order that is not the tree's.</summary>
    private static long Spread(int i, int keys) => (long)i * 7_919 % keys;

    private sealed class Bench(bool quiet)
    {
        public void Rate(string what, int count, Action<int> step)
        {
            var worst = 0L;
            Rate(what, count, () =>
            {
                for (var i = 0; i < count; i++)
                {
                    var began = Stopwatch.GetTimestamp();
                    step(i);
                    worst = Math.Max(worst, Stopwatch.GetTimestamp() - began);
                }
                return count;
            }, () => $"  worst {Stopwatch.GetElapsedTime(0, worst).TotalMilliseconds,7:n2} ms");
        }

        public int Rate(string what, int count, Func<int> run, Func<string>? more = null)
        {
            GC.Collect();
            var (bytes, pause, gen2) = (GC.GetAllocatedBytesForCurrentThread(), GC.GetTotalPauseDuration(), GC.CollectionCount(2));
            var began = Stopwatch.GetTimestamp();
            var done = run();
            var elapsed = Stopwatch.GetElapsedTime(began);
            bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
            if (quiet) return done;
            Console.WriteLine(
                $"{what,-46} {done / elapsed.TotalSeconds,14:n0} /s {elapsed.TotalMicroseconds / done,9:n2} us {(double)bytes / done,9:n0} B each" +
                $"  gc {(GC.GetTotalPauseDuration() - pause).TotalMilliseconds,6:n0} ms in {GC.CollectionCount(2) - gen2} gen2{more?.Invoke()}");
            return done;
        }

        public void Memory(string what, KeyValueStore store)
        {
            GC.Collect();
            if (quiet) return;
            using var self = Process.GetCurrentProcess();
            Console.WriteLine(
                $"{what,-46} working set {self.WorkingSet64 >> 20:n0} MiB, heap {GC.GetTotalMemory(true) >> 20:n0} MiB, slabs {store.Bytes.TotalBytes >> 20:n0} MiB, in use {store.Bytes.InUseBytes >> 20:n0} MiB");
        }
    }
}
