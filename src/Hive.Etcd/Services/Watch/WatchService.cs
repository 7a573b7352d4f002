using System.Collections.Immutable;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Etcd.Services.Auth;

namespace Hive.Etcd.Services.Watch;

/// <summary>etcdserverpb.Watch: any number of watches share one stream.</summary>
internal sealed class WatchService(QueenGate gate, AuthGate auth, TimeProvider time)
{
    private readonly WatchResponses _responses = new(gate);

    public ImmutableArray<RpcMethod> Methods =>
    [
        new StreamMethod<WatchRequest, WatchResponse>(RpcKind.Bidirectional, "etcdserverpb.Watch", "Watch", WatchRequest.Parser, WatchAsync, "/v3/watch"),
    ];

    /// <summary>Watches open now, on all streams.</summary>
    public WatchGauge Gauge { get; } = new();

    private async ValueTask<RpcStatus> WatchAsync(RpcContext context, RpcStream<WatchRequest, WatchResponse> stream, CancellationToken cancellation)
    {
        await stream.StartAsync(cancellation);
        using var session = new WatchSession(gate, new WatchAccess(auth, context), stream, _responses, Gauge, time);
        return await DuplexCall.RunAsync(session.ReadRequestsAsync, session.PumpAsync, cancellation);
    }
}

/// <summary>Counts open watches and streams, for <c>/metrics</c>.</summary>
internal sealed class WatchGauge
{
    private long _watches;
    private long _streams;
    private long _events;

    public long Watches => Volatile.Read(ref _watches);
    public long Streams => Volatile.Read(ref _streams);
    public long Events => Volatile.Read(ref _events);

    public void AddWatches(long count) => Interlocked.Add(ref _watches, count);
    public void AddStreams(long count) => Interlocked.Add(ref _streams, count);
    public void AddEvents(long count) => Interlocked.Add(ref _events, count);
}
