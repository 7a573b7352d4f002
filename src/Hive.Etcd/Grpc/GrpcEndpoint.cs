using System.Collections.Frozen;
using Hive.Etcd.Rpc;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Hive.Etcd.Grpc;

/// <summary>Serves gRPC calls: finds the method, holds the deadline, ends with the status trailers. The one place where a call's exceptions end.</summary>
internal sealed class GrpcEndpoint
{
    private readonly FrozenDictionary<string, RpcMethod> _methods;
    private readonly FrozenSet<string> _services;
    private readonly RpcRunner _runner;
    private readonly EtcdLimits _limits;
    private readonly AnswerTurns _turns;

    public GrpcEndpoint(IEnumerable<RpcMethod> methods, RpcRunner runner, EtcdLimits limits, AnswerTurns turns)
    {
        _methods = methods.ToFrozenDictionary(method => method.Path, StringComparer.Ordinal);
        _services = _methods.Values.Select(method => method.Service).ToFrozenSet(StringComparer.Ordinal);
        _runner = runner;
        _limits = limits;
        _turns = turns;
    }

    /// <summary>Whether a request is meant as a gRPC call.</summary>
    public static bool IsGrpc(HttpRequest request) =>
        request.ContentType is { } type && type.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase);

    public async Task ServeAsync(HttpContext http)
    {
        var request = http.Request;
        var response = http.Response;
        if (request.Protocol != HttpProtocol.Http2)
        {
            response.StatusCode = StatusCodes.Status505HttpVersionNotsupported;
            await response.WriteAsync("gRPC requires HTTP/2");
            return;
        }
        if (!HttpMethods.IsPost(request.Method))
        {
            response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }

        response.ContentType = "application/grpc";
        var status = await RunAsync(http);
        if (status is not { } ended) return;
        response.AppendTrailer("grpc-status", StatusText[(int)ended.Code]);
        if (!ended.IsOk) response.AppendTrailer("grpc-message", GrpcText.EncodeMessage(ended.Message));
    }

    private static readonly string[] StatusText = [.. Enumerable.Range(0, 17).Select(code => code.ToString(System.Globalization.CultureInfo.InvariantCulture))];

    /// <summary>Null: the client has gone and hears nothing any more.</summary>
    private ValueTask<RpcStatus?> RunAsync(HttpContext http)
    {
        var headers = http.Request.Headers;
        if (!_methods.TryGetValue(http.Request.Path.Value ?? "", out var method)) return new(Unknown(http.Request.Path.Value ?? ""));
        if (headers.TryGetValue("grpc-encoding", out var encoding) && encoding is not [null or "identity"])
        {
            http.Response.Headers["grpc-accept-encoding"] = "identity";
            return new(new RpcStatus(RpcCode.Unimplemented, $"grpc: Decompressor is not installed for grpc-encoding \"{encoding}\""));
        }

        TimeSpan? timeout = null;
        if (headers.TryGetValue("grpc-timeout", out var text))
        {
            if (!GrpcText.TryParseTimeout(text.ToString(), out var parsed)) return new(new RpcStatus(RpcCode.Internal, $"malformed grpc-timeout: {text}"));
            timeout = parsed;
        }
        return _runner.RunAsync(method, http, new GrpcTransport(http, _limits, _turns), timeout);
    }

    private RpcStatus Unknown(string path)
    {
        var cut = path.LastIndexOf('/');
        if (cut <= 0) return new(RpcCode.Unimplemented, $"malformed method name: \"{path}\"");
        var service = path[1..cut];
        return _services.Contains(service)
            ? new(RpcCode.Unimplemented, $"unknown method {path[(cut + 1)..]} for service {service}")
            : new(RpcCode.Unimplemented, $"unknown service {service}");
    }
}
