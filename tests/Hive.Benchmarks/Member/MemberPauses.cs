using System.Diagnostics;
using System.Globalization;
using Hive.Benchmarks.Etcd;
using Hive.Benchmarks.Etcd.Workloads;
using Hive.Benchmarks.Wire;
using Hive.EndToEnd.World;

namespace Hive.Benchmarks.Member;

/// <summary>
/// One member as users run it (a process of its own with log, fsync, store and face) that holds many keys, and a steady stream of puts over gRPC: how long did the worst have to
/// wait, by itself and beside what a large store is asked for? The collector's pauses in that process, and how late the stream itself was, are told apart.
/// </summary>
internal static class MemberPauses
{
    public const string Usage =
        """
        usage: Hive.Benchmarks pauses --member [--keys 1000000] [--rate 1000] [--seconds 10]
                 one member in a process of its own, filled through gRPC: the worst put of a steady stream, alone and beside a backup, large ranges and compaction
        """;

    private const int RangeKeys = 100_000, RangeClients = 4, ReportEveryKeys = 1_000_000;

    // Ten million keys take two to five minutes.
    private static readonly TimeSpan LoadPatience = TimeSpan.FromMinutes(20), WarmUp = TimeSpan.FromSeconds(3);

    public static async Task<int> RunAsync(string[] args, CancellationToken cancellation)
    {
        if (!TryParse(args, out var options))
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }
        await using var member = await LocalMembers.StartHiveAsync("hive", Tool.Hive, cancellation, 1);
        var target = member.Target;
        Console.WriteLine(Baseline.Describe());
        await FillAsync(target, options.Keys, cancellation);

        var puts = new PutStream(target) { PerSecond = options.PerSecond, Keys = options.Keys };
        await puts.RunAsync(WarmUp, cancellation);
        var run = new Run(member, puts, TimeSpan.FromSeconds(options.Seconds));
        Console.WriteLine($"{options.PerSecond:n0} puts a second of {KeySpace.ValueBytes} bytes, each counted from when it was due; {options.Seconds} s for each line, or as long as what goes on beside it takes");
        await run.PrintAsync("puts alone", null, cancellation);
        await run.PrintAsync("puts while a backup of all is taken", _ => BackUpAsync(target), cancellation);
        await run.PrintAsync($"puts while {RangeClients} clients read {RangeKeys:n0} keys each, again and again", ended => ReadAsync(target, ended), cancellation);
        await run.PrintAsync("puts while all history is compacted", _ => CompactAsync(target), cancellation);
        await run.PrintAsync("puts afterwards, while history is forgotten", null, cancellation);
        return 0;
    }

    private static async Task FillAsync(Target target, int keys, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        void Report(int written)
        {
            if (written % ReportEveryKeys == 0) Console.WriteLine($"  {written:n0} keys after {Stopwatch.GetElapsedTime(began).TotalSeconds:n0} s, the member holds {target.MemoryMebibytes:n0} MiB");
        }
        await MillionKeys.WriteAsync(target, keys, 1, cancellation, Report).WaitAsync(LoadPatience, cancellation);
        Console.WriteLine($"{keys:n0} keys of 8 + {KeySpace.ValueBytes} bytes written in {Stopwatch.GetElapsedTime(began).TotalSeconds:n0} s; the member holds {target.MemoryMebibytes:n0} MiB");
    }

    /// <summary>The whole state as etcdctl's <c>snapshot save</c> reads it.</summary>
    private static async Task<string> BackUpAsync(Target target)
    {
        await using var connection = Http2Connection.Open(target.Endpoints[0]);
        var call = new CountingCall();
        var began = Stopwatch.GetTimestamp();
        await CallAsync(connection, EtcdMessages.Snapshot, call, []);
        return $"{call.Bytes >> 20:n0} MiB in {Stopwatch.GetElapsedTime(began).TotalSeconds:n1} s";
    }

    private static async Task<string> ReadAsync(Target target, CancellationToken ended)
    {
        var request = EtcdMessages.RangeRequest(MillionKeys.First, false, "\xff"u8, RangeKeys);
        var clients = Enumerable.Range(0, RangeClients).Select(_ => Task.Run(async () =>
        {
            await using var connection = Http2Connection.Open(target.Endpoints[0]);
            var call = new CountingCall();
            var ranges = 0;
            for (; !ended.IsCancellationRequested; ranges++) await CallAsync(connection, EtcdMessages.Range, call, request);
            return ranges;
        }, CancellationToken.None));
        return $"{(await Task.WhenAll(clients)).Sum()} ranges";
    }

    private static async Task<string> CompactAsync(Target target)
    {
        await using var connection = Http2Connection.Open(target.Endpoints[0]);
        var call = new CountingCall();
        await CallAsync(connection, EtcdMessages.Range, call, EtcdMessages.RangeRequest(MillionKeys.First, false));
        await CallAsync(connection, EtcdMessages.Compact, call, EtcdMessages.CompactRequest(call.Revision));
        return $"compacted at {call.Revision:n0}";
    }

    private static async Task CallAsync(Http2Connection connection, string method, GrpcCall call, byte[] request)
    {
        var ended = call.Reset();
        connection.Start(call, connection.HeadersOf(method), request, true);
        if (!await ended) throw new InvalidOperationException($"{method} was refused");
    }

    private sealed record Options(int Keys, int PerSecond, int Seconds);

    private static bool TryParse(string[] args, out Options options)
    {
        options = new Options(1_000_000, 1_000, 10);
        if (args.Length % 2 != 0) return false;
        for (var i = 0; i < args.Length; i += 2)
        {
            if (!int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out var number) || number <= 0) return false;
            switch (args[i])
            {
                case "--keys": options = options with { Keys = number }; break;
                case "--rate": options = options with { PerSecond = number }; break;
                case "--seconds": options = options with { Seconds = number }; break;
                default: return false;
            }
        }
        return true;
    }

    /// <summary>Runs the stream beside something and prints a line.</summary>
    private sealed record Run(LocalMembers Member, PutStream Puts, TimeSpan Time)
    {
        public async Task PrintAsync(string what, Func<CancellationToken, Task<string>>? beside, CancellationToken cancellation)
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            ended.CancelAfter(Time);
            var collector = await CollectorAsync(cancellation);
            var other = beside is null ? null : Task.Run(() => beside(ended.Token), CancellationToken.None);
            var stream = await Puts.RunAsync(Time, cancellation, other);
            var (latencies, lateness) = (stream.Latencies, stream.Lateness);
            Console.WriteLine(
                $"{what,-72} p50 {Milliseconds(latencies.Percentile(0.5))}  p99 {Milliseconds(latencies.Percentile(0.99))}  p99.9 {Milliseconds(latencies.Percentile(0.999))}" +
                $"  worst {Milliseconds(latencies.Percentile(1))} (stream late by {Milliseconds(lateness.Percentile(1))} at worst)  {latencies.Count:n0} puts, {stream.Errors} errors, the member holds {Member.Target.MemoryMebibytes:n0} MiB");
            var (pauses, collections) = await CollectorAsync(cancellation);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  its collector: {(pauses - collector.Pauses) * 1000:n0} ms of pauses in {collections - collector.Collections:n0} collections"));
            if (other is not null) Console.WriteLine($"  beside: {await other}");
        }

        private async Task<(double Pauses, double Collections)> CollectorAsync(CancellationToken cancellation) =>
            (await MemberMetrics.ReadAsync(Member.Target.Endpoints[0], "dotnet_gc_pause_time_seconds_total", cancellation),
             await MemberMetrics.ReadAsync(Member.Target.Endpoints[0], "dotnet_gc_collections_total", cancellation));

        private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:n1} ms");
    }

    private sealed class CountingCall : GrpcCall
    {
        public long Revision { get; private set; }
        public long Bytes { get; private set; }

        protected override void OnMessage(ReadOnlySpan<byte> message)
        {
            Revision = EtcdMessages.RevisionOf(message);
            Bytes += message.Length;
        }
    }
}
