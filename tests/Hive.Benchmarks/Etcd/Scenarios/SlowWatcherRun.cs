using System.Diagnostics;
using Hive.Benchmarks.Wire;

namespace Hive.Benchmarks.Etcd.Scenarios;

/// <summary>
/// A client opens a thousand watch streams, spread over the members, that begin a while back, and hangs; the key is written all the while, and another client watches it
/// and reads. Then the first one wakes: does it get everything?
/// </summary>
internal static class SlowWatcherRun
{
    private const int Watches = 1_000, PutsPerSecond = 250, ValueBytes = 1_024;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(6), CatchUp = TimeSpan.FromSeconds(30);

    public static async Task<IReadOnlyList<Figure>> RunAsync(Cluster cluster, CancellationToken cancellation)
    {
        var key = Workload.Key(Workload.Keys + 1);
        var reader = await Http2Connection.OpenAsync(cluster.Target.Endpoints[0], cancellation);
        var read = Open(reader, key);
        while (!read.Created) await Task.Delay(5, cancellation);
        var start = read.Revision;
        var sent = await PutAsync(cluster.Target, key, TimeSpan.FromSeconds(4), cancellation);
        var alone = read.TakeLatencies();
        var before = cluster.Members?.Usage().WorkingSet ?? 0;

        var hung = new List<(Http2Connection Connection, List<WatchCall> Calls)>();
        foreach (var endpoint in cluster.Target.Endpoints)
        {
            var connection = await Http2Connection.OpenAsync(endpoint, cancellation, silent: true);
            hung.Add((connection, [.. Enumerable.Range(0, Watches / cluster.Target.Endpoints.Count).Select(_ => Open(connection, key, start + 1))]));
        }
        // What the servers do about the new streams is not waited for by anybody that reads: a second is plenty.
        await Task.Delay(1_000, cancellation);
        sent += await PutAsync(cluster.Target, key, Time, cancellation);
        var (_, during) = cluster.Members?.Usage() ?? default;
        var beside = read.TakeLatencies();
        while (read.Events < sent) await Task.Delay(10, cancellation);

        var woke = Stopwatch.GetTimestamp();
        foreach (var (connection, _) in hung) connection.BeginReading();
        var all = hung.SelectMany(h => h.Calls).ToList();
        while (all.Exists(call => call.Events < sent) && Stopwatch.GetElapsedTime(woke) < CatchUp) await Task.Delay(20, cancellation);
        var caughtUp = Stopwatch.GetElapsedTime(woke);
        foreach (var (connection, _) in hung) await connection.DisposeAsync();
        await reader.DisposeAsync();
        return
        [
            new("memory that the hung client added, all members", (during - before) >> 20, "MiB"),
            new("delivery p99 to the other client before", alone.Percentile(0.99).TotalMilliseconds, "ms"),
            new("delivery p99 to the other client during", beside.Percentile(0.99).TotalMilliseconds, "ms"),
            new("events each watch was to get", sent, ""),
            new("events missing once the client read again", all.Sum(call => Math.Max(0, sent - call.Events)), ""),
            new("seconds it took to catch up", caughtUp.TotalSeconds, "s"),
        ];
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
        await using var connection = await Http2Connection.OpenAsync(target.Endpoints[0], cancellation);
        var headers = connection.HeadersOf(EtcdMessages.Put);
        var pending = new Queue<ValueTask<bool>>();
        var began = Stopwatch.GetTimestamp();
        var value = new byte[ValueBytes];
        var sent = 0;
        while (Stopwatch.GetElapsedTime(began) < time)
        {
            var due = (int)(Stopwatch.GetElapsedTime(began).TotalSeconds * PutsPerSecond);
            for (; sent < due; sent++)
            {
                System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(value, Stopwatch.GetTimestamp());
                var call = new GrpcCall();
                pending.Enqueue(call.Reset());
                connection.Start(call, headers, EtcdMessages.PutRequest(key, value), true);
            }
            await Task.Delay(1, cancellation);
        }
        while (pending.TryDequeue(out var ended))
        {
            if (!await ended) throw new InvalidOperationException($"{target.Name} refused a put");
        }
        return sent;
    }
}
