using System.Diagnostics;
using Hive.Benchmarks.Wire;

namespace Hive.Benchmarks.Etcd.Scenarios;

/// <summary>Large ranges read by several clients at once, beside a steady stream of puts.</summary>
internal static class LargeRangeRun
{
    private const int Clients = 10, RangeKeys = 100_000;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(5), MemoryLook = TimeSpan.FromMilliseconds(50);

    public static async Task<IReadOnlyList<Figure>> RunAsync(Cluster cluster, CancellationToken cancellation)
    {
        await MillionKeys.FillAsync(cluster, cancellation);
        var puts = new PutStream(cluster.Target);
        await puts.RunAsync(TimeSpan.FromSeconds(1), cancellation);
        var (alone, aloneErrors) = await puts.RunAsync(Time, cancellation);
        var before = cluster.Members?.Usage().WorkingSet ?? 0;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var readers = await cluster.Target.ConnectAsync(Clients, cancellation);
        var reading = readers.ConvertAll(connection => Task.Run(() => ReadAsync(connection, ended.Token), CancellationToken.None));
        var peak = Task.Run(() => PeakMemoryAsync(cluster, ended.Token), CancellationToken.None);
        var (beside, besideErrors) = await puts.RunAsync(Time, cancellation);
        await ended.CancelAsync();
        var ranges = await Task.WhenAll(reading);
        foreach (var connection in readers) await connection.DisposeAsync();
        double p99Alone = alone.Percentile(0.99).TotalMilliseconds, p99Beside = beside.Percentile(0.99).TotalMilliseconds;
        return
        [
            new("put p99 during, over put p99 alone", p99Beside / p99Alone, "x"),
            new("put p99 alone", p99Alone, "ms"),
            new("put p99 during", p99Beside, "ms"),
            new("put p50 alone", alone.Percentile(0.5).TotalMilliseconds, "ms"),
            new("put p50 during", beside.Percentile(0.5).TotalMilliseconds, "ms"),
            new("ranges answered", ranges.Sum(r => r.Ranges) / Time.TotalSeconds, "/s"),
            new("memory that the ranges added, all members", (await peak - before) >> 20, "MiB"),
            new("errors", aloneErrors + besideErrors + ranges.Sum(r => r.Errors), ""),
        ];
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

    private static async Task<long> PeakMemoryAsync(Cluster cluster, CancellationToken ended)
    {
        long peak = 0;
        while (!ended.IsCancellationRequested)
        {
            peak = Math.Max(peak, cluster.Members?.Usage().WorkingSet ?? 0);
            await Task.Delay(MemoryLook, CancellationToken.None);
        }
        return peak;
    }
}
