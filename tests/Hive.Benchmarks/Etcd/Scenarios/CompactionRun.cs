using Hive.Benchmarks.Wire;

namespace Hive.Benchmarks.Etcd.Scenarios;

/// <summary>Nine in ten versions are history and are compacted at once, beside a steady stream of puts.</summary>
internal static class CompactionRun
{
    private const int Keys = 100_000, Versions = 9;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(6);

    public static async Task<IReadOnlyList<Figure>> RunAsync(Cluster cluster, CancellationToken cancellation)
    {
        await MillionKeys.FillAsync(cluster, cancellation);
        var revision = await MillionKeys.WriteAsync(cluster.Target, Keys, Versions, cancellation);
        var puts = new PutStream(cluster.Target);
        var (alone, aloneErrors) = await puts.RunAsync(Time, cancellation);
        var compacting = Task.Run(() => CompactAsync(cluster.Target, revision, cancellation), cancellation);
        var (during, duringErrors) = await puts.RunAsync(Time, cancellation, compacting);
        if (!await compacting) throw new InvalidOperationException($"{cluster.Target.Name} refused to compact at {revision}");
        double p99Alone = alone.Percentile(0.99).TotalMilliseconds, p99During = during.Percentile(0.99).TotalMilliseconds;
        return
        [
            new("put p99 during, over put p99 before", p99During / p99Alone, "x"),
            new("put p99 before", p99Alone, "ms"),
            new("put p99 during", p99During, "ms"),
            new("longest put during", during.Percentile(1).TotalMilliseconds, "ms"),
            new("errors", aloneErrors + duringErrors, ""),
        ];
    }

    private static async Task<bool> CompactAsync(Target target, long revision, CancellationToken cancellation)
    {
        await using var connection = await Http2Connection.OpenAsync(target.Endpoints[0], cancellation);
        var call = new GrpcCall();
        var ended = call.Reset();
        connection.Start(call, connection.HeadersOf(EtcdMessages.Compact), EtcdMessages.CompactRequest(revision), true);
        return await ended;
    }
}
