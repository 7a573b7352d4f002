using System.Diagnostics;
using Hive.Benchmarks.Wire;

namespace Hive.Benchmarks.Etcd;

/// <summary>What one run of a workload against one cluster showed.</summary>
internal sealed record LoadResult(double Rate, TimeSpan P50, TimeSpan P99, long Errors);

/// <summary>Runs clients in a closed loop: each sends its next request when it has the answer to the last.</summary>
internal static class LoadRun
{
    // Calls share connections beyond this many, as client libraries do.
    private const int MostConnections = 100;
    private const int FillAttempts = 50;

    public static async Task<LoadResult> RunAsync(Target target, Workload workload, TimeSpan warmUp, TimeSpan time, CancellationToken cancellation)
    {
        var connections = await target.ConnectAsync(Math.Min(workload.Clients, MostConnections), cancellation);
        var from = Stopwatch.GetTimestamp() + (long)(warmUp.TotalSeconds * Stopwatch.Frequency);
        var until = from + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var clients = new List<Task<(Distribution Latencies, long Errors)>>(workload.Clients);
        for (var i = 0; i < workload.Clients; i++) clients.Add(ClientAsync(connections[i % connections.Count], workload, new Random(i), from, until));
        var all = new Distribution();
        long errors = 0;
        foreach (var client in clients)
        {
            var (latencies, failed) = await client.WaitAsync(warmUp + time + TimeSpan.FromSeconds(30), cancellation);
            all.Add(latencies);
            errors += failed;
        }
        foreach (var connection in connections) await connection.DisposeAsync();
        return new LoadResult(all.Count / time.TotalSeconds, all.Percentile(0.5), all.Percentile(0.99), errors);
    }

    /// <summary>Writes all keys once, so that reads find something.</summary>
    public static async Task FillAsync(Target target, CancellationToken cancellation)
    {
        var connections = await target.ConnectAsync(16, cancellation);
        var writers = connections.Select((connection, first) => Task.Run(async () =>
        {
            var call = new GrpcCall();
            var headers = connection.HeadersOf(EtcdMessages.Put);
            var random = new Random(first);
            for (var key = first; key < Workload.Keys; key += connections.Count)
            {
                // A cluster that is just up may lose its leader once more; putting twice does no harm here.
                for (var attempt = 1; !await PutAsync(connection, call, headers, key, random); attempt++)
                {
                    if (attempt == FillAttempts) throw new InvalidOperationException($"{target.Name} refused a put {attempt} times");
                    await Task.Delay(200, cancellation);
                }
            }
        }, cancellation));
        await Task.WhenAll(writers);
        foreach (var connection in connections) await connection.DisposeAsync();
    }

    private static async ValueTask<bool> PutAsync(Http2Connection connection, GrpcCall call, byte[] headers, int key, Random random)
    {
        var ended = call.Reset();
        connection.Start(call, headers, EtcdMessages.PutRequest(Workload.Key(key), Workload.Value(random)), true);
        return await ended;
    }

    private static async Task<(Distribution Latencies, long Errors)> ClientAsync(Http2Connection connection, Workload workload, Random random, long from, long until)
    {
        await Task.Yield();
        var latencies = new Distribution();
        var headers = connection.HeadersOf(workload.Method);
        var call = new GrpcCall();
        long errors = 0;
        while (true)
        {
            var request = workload.Request(random);
            var began = Stopwatch.GetTimestamp();
            if (began >= until) return (latencies, errors);
            var ended = call.Reset();
            connection.Start(call, headers, request, true);
            var answered = await ended;
            var now = Stopwatch.GetTimestamp();
            if (!answered)
            {
                errors++;
                // A refusal comes at once: without a pause a broken server would look fast.
                await Task.Delay(10);
            }
            else if (now >= from && now < until)
            {
                latencies.Add(now - began);
            }
        }
    }
}
