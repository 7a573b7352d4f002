using System.Diagnostics;
using Hive.Benchmarks.Wire;

namespace Hive.Benchmarks.Etcd.Workloads;

/// <summary>Large ranges read by several clients at once, beside a steady stream of puts.</summary>
internal sealed class LargeRanges : IWorkload
{
    private const int Clients = 10, RangeKeys = 100_000;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(5), MemoryLook = TimeSpan.FromMilliseconds(50);

    private static readonly Measure Factor = new("put p99 during over alone", "x"), Alone = new("put p99 alone", "ms"), Ranges = new("ranges", "/s", 1);
    private static readonly Measure Memory = new("memory that the ranges added", "MiB", 0);

    public string Name => "1,000,000 keys: range of 100,000 by 10 clients during writes";
    public int Rounds => 3;

    public IReadOnlyList<Goal> Goals { get; } = [Goal.AtMostValue(Factor, 2), Goal.RatioAtMost(Memory, 1), Goal.AtMostValue(Measure.Errors, 0)];

    public Task PrepareAsync(Target target, RunTime time, CancellationToken cancellation) => MillionKeys.FillAsync(target, cancellation);

    public async Task<RunResult> RunAsync(Target target, RunTime time, CancellationToken cancellation)
    {
        var puts = new PutStream(target);
        await puts.RunAsync(TimeSpan.FromSeconds(1), cancellation);
        var (alone, aloneErrors, _) = await puts.RunAsync(Time, cancellation);
        var before = target.MemoryMebibytes ?? double.NaN;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var readers = target.Connect(Clients);
        var reading = Array.ConvertAll(readers, connection => Task.Run(() => ReadAsync(connection, ended.Token), CancellationToken.None));
        var peak = Task.Run(() => PeakMemoryAsync(target, ended.Token), CancellationToken.None);
        var (beside, besideErrors, _) = await puts.RunAsync(Time, cancellation);
        await ended.CancelAsync();
        var ranges = await Task.WhenAll(reading);
        foreach (var connection in readers) await connection.DisposeAsync();
        double p99Alone = alone.Percentile(0.99).TotalMilliseconds, p99Beside = beside.Percentile(0.99).TotalMilliseconds;
        return new RunResult
        {
            { Factor, p99Beside / p99Alone },
            { Alone, p99Alone },
            { Measure.P50, beside.Percentile(0.5).TotalMilliseconds },
            { Measure.P99, p99Beside },
            { Ranges, ranges.Sum(r => r.Ranges) / Time.TotalSeconds },
            { Memory, await peak - before },
            { Measure.Errors, aloneErrors + besideErrors + ranges.Sum(r => r.Errors) },
        };
    }

    private static async Task<(int Ranges, int Errors)> ReadAsync(Http2Connection connection, CancellationToken ended)
    {
        var headers = connection.HeadersOf(EtcdMessages.Range);
        var request = EtcdMessages.RangeRequest(MillionKeys.First, false, MillionKeys.End, RangeKeys);
        var call = new GrpcCall();
        int ranges = 0, errors = 0;
        while (!ended.IsCancellationRequested)
        {
            var answer = call.Reset();
            connection.Start(call, headers, request, true);
            if (await answer) ranges++;
            else errors++;
        }
        return (ranges, errors);
    }

    private static async Task<double> PeakMemoryAsync(Target target, CancellationToken ended)
    {
        double peak = 0;
        while (!ended.IsCancellationRequested)
        {
            peak = Math.Max(peak, target.MemoryMebibytes ?? double.NaN);
            await Task.Delay(MemoryLook, CancellationToken.None);
        }
        return peak;
    }
}
