using Hive.Benchmarks.Wire;

namespace Hive.Benchmarks.Etcd.Workloads;

/// <summary>Nine in ten versions are history and are compacted at once, beside a steady stream of puts.</summary>
internal sealed class Compaction : IWorkload
{
    private const int Keys = 100_000, Versions = 9;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(6);

    private static readonly Measure Factor = new("put p99 during over before", "x"), Before = new("put p99 before", "ms");

    public string Name => "1,000,000 keys: compaction of 90 % of history";
    public int Rounds => 1;

    public IReadOnlyList<Goal> Goals { get; } = [Goal.AtMostValue(Factor, 2), Goal.AtMostValue(Measure.Errors, 0)];

    public Task PrepareAsync(Target target, RunTime time, CancellationToken cancellation) => MillionKeys.FillAsync(target, cancellation);

    public async Task<RunResult> RunAsync(Target target, RunTime time, CancellationToken cancellation)
    {
        var revision = await MillionKeys.WriteAsync(target, Keys, Versions, cancellation);
        var puts = new PutStream(target);
        var (alone, aloneErrors, _) = await puts.RunAsync(Time, cancellation);
        var compacting = Task.Run(() => CompactAsync(target, revision, cancellation), cancellation);
        var (during, duringErrors, _) = await puts.RunAsync(Time, cancellation, compacting);
        if (!await compacting) throw new InvalidOperationException($"{target.Name} refused to compact at {revision}");
        double p99Alone = alone.Percentile(0.99).TotalMilliseconds, p99During = during.Percentile(0.99).TotalMilliseconds;
        return new RunResult
        {
            { Factor, p99During / p99Alone },
            { Before, p99Alone },
            { Measure.P50, during.Percentile(0.5).TotalMilliseconds },
            { Measure.P99, p99During },
            { Measure.Longest, during.Percentile(1).TotalMilliseconds },
            { Measure.Errors, aloneErrors + duringErrors },
        };
    }

    private static async Task<bool> CompactAsync(Target target, long revision, CancellationToken cancellation)
    {
        await using var connection = Http2Connection.Open(target.Endpoints[0]);
        var call = new GrpcCall();
        var ended = call.Reset();
        connection.Start(call, connection.HeadersOf(EtcdMessages.Compact), EtcdMessages.CompactRequest(revision), true);
        return await ended;
    }
}
