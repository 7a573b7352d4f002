using System.Collections.Frozen;
using System.Text.Json;
using Hive.Etcd.Http;
using Hive.Etcd.Rpc;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Hive.Etcd.Gateway;

/// <summary>etcd's JSON gateway: every method under <c>/v3/</c>, by POST.</summary>
internal sealed class JsonGateway(IEnumerable<RpcMethod> methods, RpcRunner runner, EtcdLimits limits)
{
    private readonly FrozenDictionary<string, RpcMethod> _methods = methods
        .SelectMany(method => method.GatewayPaths.Select(path => KeyValuePair.Create(path, method)))
        .ToFrozenDictionary(StringComparer.Ordinal);

    public static bool Handles(PathString path) => path.Value is { } text && text.StartsWith("/v3/", StringComparison.Ordinal);

    public async Task ServeAsync(HttpContext http)
    {
        if (!_methods.TryGetValue(http.Request.Path.Value ?? "", out var method))
        {
            await http.Response.WriteTextAsync(StatusCodes.Status404NotFound, "Not Found\n");
            return;
        }
        if (!HttpMethods.IsPost(http.Request.Method))
        {
            await http.Response.WriteTextAsync(StatusCodes.Status405MethodNotAllowed, "Method Not Allowed\n");
            return;
        }
        var transport = new GatewayTransport(http, limits, method.Kind);
        var status = await runner.RunAsync(method, http, transport, timeout: null);
        if (status is { IsOk: false } refused) WriteError(http.Response, refused, method.Kind);
        // A stream that had nothing to say.
        else if (!http.Response.HasStarted) http.Response.ContentType = "application/json";
    }

    /// <summary>A unary call is refused by an object of its own; a stream, also before its first answer, by <c>{"error":...}</c> in the place of a <c>{"result":...}</c>.</summary>
    private static void WriteError(HttpResponse response, RpcStatus status, RpcKind kind)
    {
        var http = HttpStatus(status.Code);
        if (!response.HasStarted)
        {
            response.StatusCode = http;
            response.ContentType = "application/json";
            // A promise that nothing was done, so that clients ask another member without a doubt.
            if (status.IsUntouched) response.Headers.RetryAfter = "1";
        }
        using var json = new Utf8JsonWriter(response.BodyWriter, GatewayTransport.Relaxed);
        json.WriteStartObject();
        if (kind == RpcKind.Unary)
        {
            json.WriteString("error", status.Message);
            json.WriteString("message", status.Message);
            json.WriteNumber("code", (int)status.Code);
        }
        else
        {
            json.WriteStartObject("error");
            json.WriteNumber("grpc_code", (int)status.Code);
            json.WriteNumber("http_code", http);
            json.WriteString("message", status.Message);
            json.WriteString("http_status", ReasonPhrases.GetReasonPhrase(http));
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static int HttpStatus(RpcCode code) => code switch
    {
        RpcCode.Canceled => StatusCodes.Status408RequestTimeout,
        RpcCode.InvalidArgument or RpcCode.FailedPrecondition or RpcCode.OutOfRange => StatusCodes.Status400BadRequest,
        RpcCode.DeadlineExceeded => StatusCodes.Status504GatewayTimeout,
        RpcCode.NotFound => StatusCodes.Status404NotFound,
        RpcCode.AlreadyExists or RpcCode.Aborted => StatusCodes.Status409Conflict,
        RpcCode.PermissionDenied => StatusCodes.Status403Forbidden,
        RpcCode.ResourceExhausted => StatusCodes.Status429TooManyRequests,
        RpcCode.Unimplemented => StatusCodes.Status501NotImplemented,
        RpcCode.Unavailable => StatusCodes.Status503ServiceUnavailable,
        RpcCode.Unauthenticated => StatusCodes.Status401Unauthorized,
        _ => StatusCodes.Status500InternalServerError,
    };
}
