using System.Collections.Immutable;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;

namespace Hive.Etcd.Services;

/// <summary>grpc.health.v1.Health: this process serves. Whether it has a leader is told by <c>/health</c> and by each call.</summary>
internal sealed class HealthService
{
    private const string Service = "grpc.health.v1.Health";

    public static ImmutableArray<RpcMethod> Methods =>
    [
        new UnaryMethod<HealthCheckRequest, HealthCheckResponse>(Service, "Check", HealthCheckRequest.Parser, CheckAsync),
        new StreamMethod<HealthCheckRequest, HealthCheckResponse>(RpcKind.ServerStream, Service, "Watch", HealthCheckRequest.Parser, WatchAsync),
    ];

    private static ValueTask<RpcResult<HealthCheckResponse>> CheckAsync(RpcContext context, HealthCheckRequest request, CancellationToken cancellation) =>
        request.Service.Length == 0
            ? new(new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.Serving })
            : new(new RpcStatus(RpcCode.NotFound, "unknown service"));

    private static async ValueTask<RpcStatus> WatchAsync(
        RpcContext context, RpcStream<HealthCheckRequest, HealthCheckResponse> stream, CancellationToken cancellation)
    {
        if (await stream.ReadAsync(cancellation) is not { } request) return RpcStatus.Ok;
        var status = request.Service.Length == 0 ? HealthCheckResponse.Types.ServingStatus.Serving : HealthCheckResponse.Types.ServingStatus.ServiceUnknown;
        await stream.WriteAsync(new HealthCheckResponse { Status = status }, cancellation);
        await Task.Delay(Timeout.Infinite, cancellation);
        return RpcStatus.Ok;
    }
}
