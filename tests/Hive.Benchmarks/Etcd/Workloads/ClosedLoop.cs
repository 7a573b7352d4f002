using System.Diagnostics;
using Hive.Benchmarks.Wire;

namespace Hive.Benchmarks.Etcd.Workloads;

/// <summary>
/// Clients in a closed loop: each sends its next request when it has the answer to the last. Connections are spread evenly over the members;
/// fewer clients than members move from member to member within a run, so that no cluster gains by where its leader happens to be.
/// </summary>
/// <param name="request">One request, from a random source.</param>
internal sealed class ClosedLoop(string name, int clients, string method, Func<Random, byte[]> request) : IWorkload
{
    // Calls share connections beyond this many, as client libraries do.
    private const int MostConnections = 100;

    // Requests are made before a run and used again: making them would take processor time from the members.
    private const int Requests = 16_384;

    // A refusal comes at once: without a pause a broken server would look fast.
    private static readonly TimeSpan PauseAfterError = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private byte[][]? _requests;

    public string Name => name;

    public required IReadOnlyList<Goal> Goals { get; init; }

    public async Task<RunResult> RunAsync(Target target, RunTime time, CancellationToken cancellation)
    {
        _requests ??= Make();
        var floor = clients == 1 ? Baseline.FloorOfOneWrite() : (TimeSpan?)null;
        var members = target.Endpoints.Count;
        var connections = target.Connect(Math.Max(members, Math.Min(clients, MostConnections)));
        var window = Window.After(time);
        var processor = new ProcessorClock(target);
        var running = new List<Task<Client>>(clients);
        for (var i = 0; i < clients; i++)
        {
            var client = new Client(clients < members ? connections : [connections[i % connections.Length]], method, _requests, i);
            running.Add(Task.Run(() => client.RunAsync(window), cancellation));
        }
        await Task.Delay(time.WarmUp, cancellation);
        processor.Start();
        await Task.Delay(time.Measured, cancellation);
        var result = new RunResult();
        var used = new RunResult();
        var ended = await Task.WhenAll(running).WaitAsync(Patience, cancellation);
        var all = new Distribution();
        foreach (var client in ended) client.AddTo(all);
        processor.Stop(used, all.Count);
        result.Add(Measure.Rate, all.Count / time.Measured.TotalSeconds);
        result.Add(Measure.P50, all.Percentile(0.5).TotalMilliseconds);
        result.Add(Measure.P99, all.Percentile(0.99).TotalMilliseconds);
        result.Add(Measure.Errors, ended.Sum(client => client.Errors));
        result.AddRange(used);
        if (floor is { } least)
        {
            var nearest = ended[0].PerConnection.Min(times => times.Percentile(0.5));
            result.Add(Measure.NearestP50, nearest.TotalMilliseconds);
            result.Add(Measure.OverFloor, nearest / least);
        }
        foreach (var connection in connections) await connection.DisposeAsync();
        return result;
    }

    private byte[][] Make()
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, Requests).Select(_ => request(random))];
    }

    /// <summary>When calls count, in stopwatch ticks.</summary>
    private readonly record struct Window(long From, long Until)
    {
        public static Window After(RunTime time)
        {
            var from = Stopwatch.GetTimestamp() + (long)(time.WarmUp.TotalSeconds * Stopwatch.Frequency);
            return new Window(from, from + (long)(time.Measured.TotalSeconds * Stopwatch.Frequency));
        }

        /// <summary>Which of so many equal parts of the window this moment lies in.</summary>
        public int Part(long now, int parts) => Math.Clamp((int)((now - From) * parts / (Until - From)), 0, parts - 1);
    }

    private sealed class Client(Http2Connection[] connections, string method, byte[][] requests, int number)
    {
        private readonly Random _random = new(number);

        public List<Distribution> PerConnection { get; } = [.. connections.Select(_ => new Distribution())];

        public long Errors { get; private set; }

        public void AddTo(Distribution all)
        {
            foreach (var times in PerConnection) all.Add(times);
        }

        public async Task<Client> RunAsync(Window window)
        {
            var headers = connections[0].HeadersOf(method);
            var call = new GrpcCall();
            while (true)
            {
                var began = Stopwatch.GetTimestamp();
                if (began >= window.Until) return this;
                var part = connections.Length == 1 ? 0 : window.Part(began, connections.Length);
                var ended = call.Reset();
                connections[part].Start(call, headers, requests[_random.Next(requests.Length)], true);
                var answered = await ended;
                var now = Stopwatch.GetTimestamp();
                if (!answered)
                {
                    Errors++;
                    await Task.Delay(PauseAfterError);
                }
                else if (now >= window.From && now < window.Until)
                {
                    PerConnection[part].Add(now - began);
                }
            }
        }
    }
}
