using System.Diagnostics;
using Hive.Benchmarks.Wire;

namespace Hive.Benchmarks.Etcd.Workloads;

/// <summary>Many leases, each renewed once in a round at a steady rate over a few streams: processor time of the members.</summary>
internal sealed class KeepAlives : IWorkload
{
    private const int Leases = 100_000, Streams = 30, Granters = 64;
    private const long FirstId = 1L << 40, TimeToLiveSeconds = 180;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(12), LastAnswers = TimeSpan.FromSeconds(20);

    /// <summary>Between two looks at how many renewals are due, and at the last answers.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private static readonly Measure Unanswered = new("unanswered", "", 0), Gone = new("answered as ended", "", 0);

    public string Name => "100,000 leases kept alive";
    public int Rounds => 2;

    public IReadOnlyList<Goal> Goals { get; } = [Goal.RatioAtMost(Measure.MembersTime, 0.5), Goal.AtMostValue(Unanswered, 0), Goal.AtMostValue(Gone, 0)];

    public Task PrepareAsync(Target target, RunTime time, CancellationToken cancellation) => GrantAsync(target, cancellation);

    public async Task<RunResult> RunAsync(Target target, RunTime time, CancellationToken cancellation)
    {
        var connections = target.Connect(Streams);
        var calls = Array.ConvertAll(connections, connection => new KeepAliveCall(connection));
        var processor = new ProcessorClock(target);
        processor.Start();
        var began = Stopwatch.GetTimestamp();
        await SteadyPace.RunAsync(Leases / Time.TotalSeconds, sent => sent < Leases, (number, _) => calls[number % Streams].Renew(FirstId + number), cancellation);
        var deadline = Stopwatch.GetTimestamp() + (long)(LastAnswers.TotalSeconds * Stopwatch.Frequency);
        while (calls.Sum(call => call.Answers) < Leases && Stopwatch.GetTimestamp() < deadline) await Task.Delay(Look, cancellation);
        var elapsed = Stopwatch.GetElapsedTime(began);
        var latencies = new Distribution();
        foreach (var call in calls) latencies.Add(call.Latencies);
        foreach (var connection in connections) await connection.DisposeAsync();
        var result = new RunResult
        {
            { Measure.Rate, Leases / elapsed.TotalSeconds },
            { Measure.P50, latencies.Percentile(0.5).TotalMilliseconds },
            { Measure.P99, latencies.Percentile(0.99).TotalMilliseconds },
            { Unanswered, Leases - calls.Sum(call => call.Answers) },
            { Gone, calls.Sum(call => call.Ended) },
        };
        processor.Stop(result, Leases);
        return result;
    }

    private static async Task GrantAsync(Target target, CancellationToken cancellation)
    {
        var connections = target.Connect(Granters);
        var granters = connections.Select((connection, first) => Task.Run(async () =>
        {
            var headers = connection.HeadersOf(EtcdMessages.Grant);
            // Eight at once on each connection.
            await Task.WhenAll(Enumerable.Range(0, 8).Select(async lane =>
            {
                var call = new GrpcCall();
                for (var lease = first + lane * Granters; lease < Leases; lease += Granters * 8)
                {
                    var ended = call.Reset();
                    connection.Start(call, headers, EtcdMessages.GrantRequest(FirstId + lease, TimeToLiveSeconds), true);
                    if (!await ended) throw new InvalidOperationException($"{target.Name} did not grant a lease");
                }
            }));
        }, cancellation)).ToList();
        await Task.WhenAll(granters);
        foreach (var connection in connections) await connection.DisposeAsync();
    }

    /// <summary>One keep-alive stream. Answers come in the order of the requests.</summary>
    private sealed class KeepAliveCall(Http2Connection connection) : GrpcCall
    {
        private readonly Queue<long> _sent = new();
        private bool _started;
        private int _answers;
        private int _ended;

        public int Answers => Volatile.Read(ref _answers);
        public int Ended => Volatile.Read(ref _ended);
        public Distribution Latencies { get; } = new();

        public void Renew(long lease)
        {
            lock (_sent) _sent.Enqueue(Stopwatch.GetTimestamp());
            var request = EtcdMessages.KeepAliveRequest(lease);
            if (_started)
            {
                connection.Send(this, request);
                return;
            }
            _started = true;
            _ = Reset();
            connection.Start(this, connection.HeadersOf(EtcdMessages.KeepAlive), request, false);
        }

        protected override void OnMessage(ReadOnlySpan<byte> message)
        {
            long sent;
            lock (_sent) sent = _sent.Dequeue();
            Latencies.Add(Stopwatch.GetTimestamp() - sent);
            // A lease that is gone is answered without a TTL (field 3), which is then the message's missing last field.
            if (!EtcdMessages.HasTimeToLive(message)) Interlocked.Increment(ref _ended);
            Interlocked.Increment(ref _answers);
        }
    }
}
