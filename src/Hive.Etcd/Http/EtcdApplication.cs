using Hive.Etcd.Gateway;
using Hive.Etcd.Grpc;
using Hive.Etcd.Metrics;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Hive.Etcd.Http;

/// <summary>Everything that arrives on the client port: gRPC, the JSON gateway, and a few pages. Directly on the server, with no middleware between.</summary>
internal sealed class EtcdApplication(
    GrpcEndpoint grpc, JsonGateway gateway, HealthPage health, VersionPage version, MetricsPage metrics, VariablesPage variables)
    : IHttpApplication<DefaultHttpContext>
{
    public DefaultHttpContext CreateContext(IFeatureCollection contextFeatures)
    {
        // The server keeps one context for each of its pooled streams.
        if (contextFeatures is not IHostContextContainer<DefaultHttpContext> container) return new DefaultHttpContext(contextFeatures);
        var context = container.HostContext ??= new DefaultHttpContext();
        context.Initialize(contextFeatures);
        return context;
    }

    public void DisposeContext(DefaultHttpContext context, Exception? exception) => context.Uninitialize();

    public Task ProcessRequestAsync(DefaultHttpContext context)
    {
        var request = context.Request;
        if (GrpcEndpoint.IsGrpc(request)) return grpc.ServeAsync(context);
        context.Response.Headers.AccessControlAllowOrigin = "*";
        if (HttpMethods.IsOptions(request.Method)) return AllowAsync(context);
        if (JsonGateway.Handles(request.Path)) return gateway.ServeAsync(context);
        return ServePageAsync(context);
    }

    private static Task AllowAsync(HttpContext http)
    {
        http.Response.Headers.AccessControlAllowMethods = "POST, GET, OPTIONS, PUT, DELETE";
        http.Response.Headers.AccessControlAllowHeaders = "accept, content-type, authorization";
        return Task.CompletedTask;
    }

    private Task ServePageAsync(HttpContext http)
    {
        var path = http.Request.Path.Value ?? "";
        Func<HttpContext, Task>? page = path switch
        {
            "/health" => health.ServeHealthAsync,
            "/version" => version.ServeAsync,
            "/metrics" => metrics.ServeAsync,
            "/debug/vars" => variables.ServeAsync,
            "/v3" => RedirectAsync,
            _ when IsUnder(path, "/livez") => health.ServeLiveAsync,
            _ when IsUnder(path, "/readyz") => health.ServeReadyAsync,
            _ => null,
        };
        if (page is null)
        {
            return http.Response.WriteTextAsync(StatusCodes.Status404NotFound, "404 page not found\n");
        }
        if (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method)) return page(http);
        http.Response.Headers.Allow = "GET";
        return http.Response.WriteTextAsync(StatusCodes.Status405MethodNotAllowed, "Method Not Allowed\n");
    }

    private static bool IsUnder(string path, string root) => path == root || path.StartsWith(root + "/", StringComparison.Ordinal);

    private static Task RedirectAsync(HttpContext http)
    {
        http.Response.Redirect("/v3/", permanent: true);
        return Task.CompletedTask;
    }
}
