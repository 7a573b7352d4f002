using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hive.Drone.Pods;
using Hive.Drone.Runtimes;
using Hive.Drone.Shell;
using Hive.Objects;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Hive.Drone.Serving;

/// <summary>The drone's own port: health for anyone; tasks, logs and pods for queens.</summary>
internal sealed class DroneServer : IAsyncDisposable
{
    /// <summary>Words for people keep their quotation marks.</summary>
    private static readonly JsonSerializerOptions PlainText = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly WebApplication _app;
    private readonly DroneOptions _options;
    private readonly IContainerRuntime _runtime;
    private readonly CallerRules _callers;
    private readonly TaskRoom _tasks;

    private DroneServer(DroneOptions options, IContainerRuntime runtime)
    {
        _options = options;
        _runtime = runtime;
        _callers = new CallerRules(options.Authority);
        _tasks = new TaskRoom(options.PrintTask);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        var sniffer = new TlsSniffer(options.Certificate);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = DroneLimits.RequestBytes;
            kestrel.Listen(options.Listen, listen =>
            {
                listen.Protocols = Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http1;
                listen.Use(next => connection => sniffer.ServeAsync(connection, next));
            });
        });
        builder.Services.AddRoutingCore();
        _app = builder.Build();
        _app.Run(ServeAsync);
    }

    public int Port { get; private set; }

    /// <summary>The pods as they are; set once the loop runs.</summary>
    public Func<IReadOnlyList<PodView>> Pods { get; set; } = () => [];

    /// <summary>Can this drone work?</summary>
    public Func<bool> IsReady { get; set; } = () => false;

    /// <exception cref="IOException">The port is taken, or may not be listened on.</exception>
    public static async Task<DroneServer> StartAsync(DroneOptions options, IContainerRuntime runtime, CancellationToken cancellation)
    {
        var server = new DroneServer(options, runtime);
        await server._app.StartAsync(cancellation);
        string address = server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        server.Port = new Uri(address.Replace("[::]", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "localhost", StringComparison.Ordinal)).Port;
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _app.StopAsync(limit.Token);
        await _app.DisposeAsync();
    }

    private async Task ServeAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "/";
        if (path is "/healthz" or "/readyz" or "/livez")
        {
            if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method)) await RefuseAsync(context, 405, "only GET is allowed here");
            else await JsonAsync(context, 200, new JsonObject { ["status"] = IsReady() ? "READY" : "NOT_READY", ["version"] = Version, ["mode"] = "DRONE" });
            return;
        }
        if (path == "/submit_task")
        {
            await RefuseAsync(context, 400, "in drone mode, not taking submissions");
            return;
        }
        (int code, string reason) = _callers.Judge(context.Connection.ClientCertificate);
        if (code != 0)
        {
            await RefuseAsync(context, code, reason);
            return;
        }
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        switch (parts)
        {
            case ["do_task"]: await DoTaskAsync(context); break;
            case ["containerLogs", var ns, var pod, var container]: await LogsAsync(context, ns, pod, container); break;
            case ["pods"]: await PodsAsync(context); break;
            default: await RefuseAsync(context, 404, $"this drone serves no {path}"); break;
        }
    }

    private static string Version { get; } = typeof(DroneServer).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    private async Task DoTaskAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            await RefuseAsync(context, 405, "a task is given with POST");
            return;
        }
        using var body = new MemoryStream();
        try
        {
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        }
        catch (BadHttpRequestException failure)
        {
            await RefuseAsync(context, failure.StatusCode, failure.Message);
            return;
        }
        TaskBody task = TaskRoom.Read(body.GetBuffer().AsSpan(0, (int)body.Length));
        if (task.Problem.Length > 0)
        {
            await RefuseAsync(context, 400, task.Problem);
            return;
        }
        _tasks.Do(task);
        await JsonAsync(context, 200, new JsonObject { ["result"] = "OK" });
    }

    private async Task PodsAsync(HttpContext context)
    {
        var list = new ObjectList<Pod> { Items = [.. Pods().Where(p => p.Desired is not null).Select(p => p.Desired!.Pod)] };
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(HiveJson.Write(list), context.RequestAborted);
    }

    private async Task LogsAsync(HttpContext context, string ns, string podName, string container)
    {
        if (LogQuery.TryRead(context.Request.Query, _options.Clock.GetUtcNow(), out string problem) is not { } query)
        {
            await RefuseAsync(context, 400, problem);
            return;
        }
        // Of two pods with one name (the old one is still being stopped) the one that the API knows is meant.
        PodView? pod = Pods().Where(p => p.Desired is not null && p.Desired.Namespace == ns && p.Desired.Name == podName).OrderBy(p => p.Desired!.Deleting).FirstOrDefault();
        if (pod is null)
        {
            await RefuseAsync(context, 404, $"pod {podName} does not run on node {_options.NodeName}");
            return;
        }
        if (!PodPlanner.AllContainers(pod.Desired!.Pod).Any(c => c.Name == container))
        {
            await RefuseAsync(context, 400, $"container {container} is not valid for pod {podName}");
            return;
        }
        if ((query.Previous ? Ended(pod, container) : pod.Observed?.LatestStarted(container)) is not { } chosen)
        {
            await RefuseAsync(context, 400, query.Previous
                ? $"previous terminated container \"{container}\" in pod \"{podName}\" not found"
                : $"container \"{container}\" in pod \"{podName}\" is waiting to start: {Waiting(pod, container)}");
            return;
        }
        context.Response.ContentType = "text/plain";
        context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpResponseBodyFeature>()?.DisableBuffering();
        await context.Response.StartAsync(context.RequestAborted);
        try
        {
            await CopyAsync(context, chosen.RuntimeId, query);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The reader went away, as readers of a followed log do.
            return;
        }
    }

    /// <summary>The attempt that ended last, or null.</summary>
    private static ObservedContainer? Ended(PodView pod, string container)
    {
        ContainerRecord record = pod.Memory.Record.Of(container);
        return pod.Observed?.Find(container, record.IsDown ? record.Attempt : record.Attempt - 1) is { Phase: ContainerPhase.Exited } ended ? ended : null;
    }

    private static string Waiting(PodView pod, string container)
    {
        PodStatus status = pod.Desired!.Pod.Status;
        ContainerStatus? shown = status.ContainerStatuses.Concat(status.InitContainerStatuses).FirstOrDefault(c => c.Name == container);
        return shown?.State.Waiting?.Reason is { Length: > 0 } reason ? reason : "ContainerCreating";
    }

    private async Task CopyAsync(HttpContext context, string runtimeId, LogQuery query)
    {
        long left = query.LimitBytes ?? long.MaxValue;
        bool lineBegins = true;
        byte[] newline = "\n"u8.ToArray();
        long skip = 0;
        if (query.Since is { } from && query.TailLines is { } wanted)
        {
            await foreach (LogLine line in _runtime.ReadLogAsync(runtimeId, false, null, context.RequestAborted)) skip += line.At >= from ? 1 : 0;
            skip -= wanted;
        }
        // "Since" is judged before "tail" counts, so the runtime may count only where nothing is left out.
        int? tail = query.Since is null ? query.TailLines : null;
        await foreach (LogLine line in _runtime.ReadLogAsync(runtimeId, query.Follow, tail, context.RequestAborted))
        {
            if (query.Since is { } since && line.At < since) continue;
            if (skip-- > 0) continue;
            if (query.Timestamps && lineBegins && !await WriteAsync(Encoding.ASCII.GetBytes(LogTimes.Text(line.At) + " "))) return;
            if (!await WriteAsync(line.Text)) return;
            if (line.Whole && !await WriteAsync(newline)) return;
            lineBegins = line.Whole;
            if (query.Follow) await context.Response.Body.FlushAsync(context.RequestAborted);
        }

        async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> bytes)
        {
            if (bytes.Length > left) bytes = bytes[..(int)left];
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
            left -= bytes.Length;
            return left > 0;
        }
    }

    private static Task RefuseAsync(HttpContext context, int code, string reason) => JsonAsync(context, code, new JsonObject { ["result"] = "ERROR", ["message"] = reason });

    private static async Task JsonAsync(HttpContext context, int code, JsonObject body)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body.ToJsonString(PlainText) + "\n", context.RequestAborted);
    }
}
