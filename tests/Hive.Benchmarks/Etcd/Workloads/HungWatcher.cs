using System.Diagnostics;
using System.Globalization;
using Hive.Benchmarks.Wire;

namespace Hive.Benchmarks.Etcd.Workloads;

/// <summary>
/// A client opens a thousand watch streams, spread over the members, that begin a while back, and hangs; the key is written all the while, and another client watches it
/// and reads. Then the first one wakes: does it get everything?
/// </summary>
internal sealed class HungWatcher : IWorkload
{
    private const int Watches = 1_000, PutsPerSecond = 250, ValueBytes = 1_024;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(6), CatchUp = TimeSpan.FromSeconds(30), OpenPatience = TimeSpan.FromSeconds(30);

    /// <summary>Between two looks at whether something has come.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    private static readonly Measure Memory = new("memory that the hung client added", "MiB", 0), Missing = new("events missing when it read again", "", 0);
    private static readonly Measure Before = new("delivery p99 to another client before", "ms"), CaughtUp = new("time to catch up", "s");

    public string Name => "1000 watches of a client that never reads";
    public int Rounds => 1;

    public IReadOnlyList<Goal> Goals { get; } = [Goal.RatioAtMost(Memory, 1), Goal.AtMostValue(Missing, 0)];

    /// <summary>Nothing: what members hold for hung clients shows only once.</summary>
    public Task PrepareAsync(Target target, RunTime time, CancellationToken cancellation) => Task.CompletedTask;

    public async Task<RunResult> RunAsync(Target target, RunTime time, CancellationToken cancellation)
    {
        var key = KeySpace.Key(KeySpace.Keys + 1);
        var reader = Http2Connection.Open(target.Endpoints[0]);
        var read = Open(reader, key);
        while (!read.Created) await Task.Delay(Look, cancellation);
        var start = read.Revision;
        var sent = await PutAsync(target, key, TimeSpan.FromSeconds(4), cancellation);
        var alone = read.TakeLatencies();
        var before = target.MemoryMebibytes ?? double.NaN;

        var open = await OpenWatchesAsync(target, cancellation);
        var hung = new List<(Http2Connection Connection, List<WatchCall> Calls)>();
        foreach (var endpoint in target.Endpoints)
        {
            var connection = Http2Connection.Open(endpoint, silent: true);
            hung.Add((connection, [.. Enumerable.Range(0, Watches / target.Endpoints.Count).Select(_ => Open(connection, key, start + 1))]));
        }
        await WaitForWatchesAsync(target, open + hung.Sum(h => h.Calls.Count), cancellation);
        sent += await PutAsync(target, key, Time, cancellation);
        var during = target.MemoryMebibytes ?? double.NaN;
        var beside = read.TakeLatencies();
        while (read.Events < sent) await Task.Delay(Look, cancellation);

        var woke = Stopwatch.GetTimestamp();
        foreach (var (connection, _) in hung) connection.BeginReading();
        var all = hung.SelectMany(h => h.Calls).ToList();
        while (all.Exists(call => call.Events < sent) && Stopwatch.GetElapsedTime(woke) < CatchUp) await Task.Delay(Look, cancellation);
        var caughtUp = Stopwatch.GetElapsedTime(woke);
        foreach (var (connection, _) in hung) await connection.DisposeAsync();
        await reader.DisposeAsync();
        return new RunResult
        {
            { Memory, during - before },
            { Before, alone.Percentile(0.99).TotalMilliseconds },
            { Measure.P50, beside.Percentile(0.5).TotalMilliseconds },
            { Measure.P99, beside.Percentile(0.99).TotalMilliseconds },
            { Missing, all.Sum(call => Math.Max(0, sent - call.Events)) },
            { CaughtUp, caughtUp.TotalSeconds },
        };
    }

    /// <summary>Nobody who reads is told that the hung client's streams are taken up: the members' own count says so.</summary>
    private static async Task WaitForWatchesAsync(Target target, int wanted, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        while (await OpenWatchesAsync(target, cancellation) is var open && open < wanted)
        {
            if (Stopwatch.GetElapsedTime(began) > OpenPatience) throw new InvalidOperationException($"{target.Name} has {open} watches open, not {wanted}");
            await Task.Delay(Look, cancellation);
        }
    }

    /// <summary>Watches that are open on all members, by etcd's name for it.</summary>
    private static async Task<int> OpenWatchesAsync(Target target, CancellationToken cancellation)
    {
        var open = 0.0;
        foreach (var endpoint in target.Endpoints) open += await MemberMetrics.ReadAsync(endpoint, "etcd_debugging_mvcc_watcher_total", cancellation);
        return (int)open;
    }

    private static WatchCall Open(Http2Connection connection, byte[] key, long start = 0)
    {
        var call = new WatchCall();
        _ = call.Reset();
        connection.Start(call, connection.HeadersOf(EtcdMessages.Watch), EtcdMessages.WatchRequest(key, start), false);
        return call;
    }

    private static async Task<int> PutAsync(Target target, byte[] key, TimeSpan time, CancellationToken cancellation)
    {
        await using var connection = Http2Connection.Open(target.Endpoints[0]);
        var headers = connection.HeadersOf(EtcdMessages.Put);
        var pending = new Queue<ValueTask<bool>>();
        var began = Stopwatch.GetTimestamp();
        var value = new byte[ValueBytes];
        var sent = await SteadyPace.RunAsync(
            PutsPerSecond, _ => Stopwatch.GetElapsedTime(began) < time,
            (_, _) =>
            {
                System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(value, Stopwatch.GetTimestamp());
                var call = new GrpcCall();
                pending.Enqueue(call.Reset());
                connection.Start(call, headers, EtcdMessages.PutRequest(key, value), true);
            },
            cancellation);
        while (pending.TryDequeue(out var ended))
        {
            if (!await ended) throw new InvalidOperationException($"{target.Name} refused a put");
        }
        return sent;
    }
}
