using System.Diagnostics;
using Hive.Benchmarks.Wire;

namespace Hive.Benchmarks.Etcd.Workloads;

/// <summary>
/// Puts at a steady rate over one connection to each member, whatever becomes of the earlier ones. A latency counts from when the put was due, so that a pause of
/// the servers shows in all that it held up.
/// </summary>
internal sealed class PutStream(Target target)
{
    public int PerSecond { get; init; } = 300;

    /// <summary>Written are the first so many keys, at random.</summary>
    public int Keys { get; init; } = KeySpace.Keys;

    /// <summary>Puts until the time is over or what goes on beside them has ended, whichever is later.</summary>
    public async Task<PutStreamResult> RunAsync(TimeSpan time, CancellationToken cancellation, Task? beside = null)
    {
        var connections = target.Connect(target.Endpoints.Count);
        var headers = Array.ConvertAll(connections, connection => connection.HeadersOf(EtcdMessages.Put));
        var random = new Random(1);
        var lateness = new Distribution();
        var pending = new List<Task<(long Ticks, bool Answered)>>();
        var began = Stopwatch.GetTimestamp();
        await SteadyPace.RunAsync(
            PerSecond, _ => Stopwatch.GetElapsedTime(began) < time || beside is { IsCompleted: false },
            (number, dueAt) =>
            {
                lateness.Add(Stopwatch.GetTimestamp() - dueAt);
                var to = number % connections.Length;
                pending.Add(PutAsync(connections[to], headers[to], EtcdMessages.PutRequest(KeySpace.Key(random.Next(Keys)), KeySpace.Value(random)), dueAt));
            },
            cancellation);
        var latencies = new Distribution();
        long errors = 0;
        foreach (var (ticks, answered) in await Task.WhenAll(pending).WaitAsync(TimeSpan.FromSeconds(60), cancellation))
        {
            if (answered) latencies.Add(ticks);
            else errors++;
        }
        foreach (var connection in connections) await connection.DisposeAsync();
        return new PutStreamResult(latencies, errors, lateness);
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

/// <param name="Latencies">Of puts that were answered, from when each was due.</param>
/// <param name="Lateness">How long after it was due each was sent: what this program, and not the members, is to blame for.</param>
internal readonly record struct PutStreamResult(Distribution Latencies, long Errors, Distribution Lateness);
