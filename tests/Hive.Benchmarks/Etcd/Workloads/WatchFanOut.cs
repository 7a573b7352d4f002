using System.Buffers.Binary;
using System.Diagnostics;
using Hive.Benchmarks.Wire;

namespace Hive.Benchmarks.Etcd.Workloads;

/// <summary>Many watchers of one key, written at a steady rate: how long after the write was sent each event arrives, and whether all did.</summary>
internal sealed class WatchFanOut : IWorkload
{
    private const int Watchers = 1_000, PutsPerSecond = 1_000;
    private const int Connections = 20;

    /// <summary>Between two looks at which puts are due, and at whether all is there.</summary>
    private static readonly TimeSpan ConditionLook = TimeSpan.FromMilliseconds(20);

    public string Name => "1000 watchers of one key, 1000 puts a second";

    public IReadOnlyList<Goal> Goals { get; } = [Goal.RatioAtMost(Measure.P99, 0.5), Goal.AtMostValue(Measure.Errors, 0)];

    public async Task<RunResult> RunAsync(Target target, RunTime time, CancellationToken cancellation)
    {
        var connections = target.Connect(Connections + 1);
        var watches = new List<WatchCall>(Watchers);
        for (var i = 0; i < Watchers; i++)
        {
            var connection = connections[i % Connections];
            var call = new WatchCall();
            _ = call.Reset();
            connection.Start(call, connection.HeadersOf(EtcdMessages.Watch), EtcdMessages.WatchRequest("watched!"u8), false);
            watches.Add(call);
        }
        await WaitForAsync(() => watches.TrueForAll(w => w.Created), cancellation);
        var processor = new ProcessorClock(target);
        processor.Start();
        var (sent, refused) = await PutSteadilyAsync(connections[Connections], time.Measured, cancellation);
        var deadline = Stopwatch.GetTimestamp() + 10 * Stopwatch.Frequency;
        await WaitForAsync(() => watches.TrueForAll(w => w.Events >= sent) || Stopwatch.GetTimestamp() > deadline, cancellation);
        var all = new Distribution();
        // A refused put may still have happened: its events are neither asked for nor held against anybody.
        long missing = refused;
        foreach (var watch in watches)
        {
            missing += Math.Max(0, sent - watch.Events);
            all.Add(watch.TakeLatencies());
        }
        var result = new RunResult
        {
            { Measure.Rate, all.Count / time.Measured.TotalSeconds },
            { Measure.P50, all.Percentile(0.5).TotalMilliseconds },
            { Measure.P99, all.Percentile(0.99).TotalMilliseconds },
            { Measure.Errors, missing },
        };
        processor.Stop(result, all.Count);
        foreach (var connection in connections) await connection.DisposeAsync();
        return result;
    }

    private static async Task<(int Sent, int Refused)> PutSteadilyAsync(Http2Connection connection, TimeSpan time, CancellationToken cancellation)
    {
        var headers = connection.HeadersOf(EtcdMessages.Put);
        var value = new byte[KeySpace.ValueBytes];
        var began = Stopwatch.GetTimestamp();
        var pending = new Queue<ValueTask<bool>>();
        var sent = await SteadyPace.RunAsync(
            PutsPerSecond, _ => Stopwatch.GetElapsedTime(began) < time,
            (_, _) =>
            {
                BinaryPrimitives.WriteInt64BigEndian(value, Stopwatch.GetTimestamp());
                var call = new GrpcCall();
                pending.Enqueue(call.Reset());
                connection.Start(call, headers, EtcdMessages.PutRequest("watched!"u8, value), true);
            },
            cancellation);
        var refused = 0;
        while (pending.TryDequeue(out var ended)) refused += await ended ? 0 : 1;
        return (sent - refused, refused);
    }

    private static async Task WaitForAsync(Func<bool> condition, CancellationToken cancellation)
    {
        while (!condition()) await Task.Delay(ConditionLook, cancellation);
    }
}
