using System.Diagnostics;
using Hive.Benchmarks.Wire;

namespace Hive.Benchmarks.Etcd.Workloads;

/// <summary>
/// Puts at a steady rate over one connection to each member, whatever becomes of the earlier ones. A latency counts from when the put was due, so that a pause of
/// the servers shows in all that it held up.
/// </summary>
internal sealed class PutStream(Target target)
{
    public const int PerSecond = 300;

    /// <summary>Puts until the time is over or what goes on beside them has ended, whichever is later.</summary>
    public async Task<(Distribution Latencies, long Errors)> RunAsync(TimeSpan time, CancellationToken cancellation, Task? beside = null)
    {
        var connections = target.Connect(target.Endpoints.Count);
        var headers = Array.ConvertAll(connections, connection => connection.HeadersOf(EtcdMessages.Put));
        var random = new Random(1);
        var pending = new List<Task<(long Ticks, bool Answered)>>();
        var began = Stopwatch.GetTimestamp();
        for (var sent = 0; Stopwatch.GetElapsedTime(began) < time || beside is { IsCompleted: false };)
        {
            var due = (int)(Stopwatch.GetElapsedTime(began).TotalSeconds * PerSecond);
            for (; sent < due; sent++)
            {
                var dueAt = began + (long)sent * Stopwatch.Frequency / PerSecond;
                var to = sent % connections.Length;
                pending.Add(PutAsync(connections[to], headers[to], EtcdMessages.PutRequest(KeySpace.Key(random), KeySpace.Value(random)), dueAt));
            }
            await Task.Delay(1, cancellation);
        }
        var latencies = new Distribution();
        long errors = 0;
        foreach (var (ticks, answered) in await Task.WhenAll(pending).WaitAsync(TimeSpan.FromSeconds(60), cancellation))
        {
            if (answered) latencies.Add(ticks);
            else errors++;
        }
        foreach (var connection in connections) await connection.DisposeAsync();
        return (latencies, errors);
    }

    private static async Task<(long Ticks, bool Answered)> PutAsync(Http2Connection connection, byte[] headers, byte[] request, long dueAt)
    {
        var call = new GrpcCall();
        var ended = call.Reset();
        connection.Start(call, headers, request, true);
        var answered = await ended;
        return (Stopwatch.GetTimestamp() - dueAt, answered);
    }
}
