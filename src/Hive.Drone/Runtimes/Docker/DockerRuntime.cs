using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using Hive.Drone.Pods;
using Hive.Drone.Shell;

namespace Hive.Drone.Runtimes.Docker;

/// <summary>
/// Pods on a Docker engine. A pod is a sandbox container (pause) whose network and IPC the others join; its address is the sandbox's on the engine's
/// bridge. The engine is the only memory: all that a restarted drone must know is in labels.
/// </summary>
public sealed class DockerRuntime : IContainerRuntime
{
    /// <summary>How often, and how long apart, the engine is asked for the exit code of a command whose stream has ended.</summary>
    private const int ExitCodeTries = 50;
    private static readonly TimeSpan ExitCodePause = TimeSpan.FromMilliseconds(20);

    /// <summary>An engine that has not stopped a container so long after its grace is not waited for: half of what a fence leaves until a unique pod must be dead.</summary>
    private static readonly TimeSpan EnginePatience = DroneLimits.KillBudget / 2;

    /// <summary>An engine that is gone is asked again after so long to stop a container whose grace is not over.</summary>
    private static readonly TimeSpan EngineRetry = TimeSpan.FromMilliseconds(200);

    private readonly EngineConnection _engine;
    private readonly DockerImages _images;
    private readonly DockerObserver _observer;
    private readonly DockerNode _node;
    private readonly EngineStarts _starts = new();

    private DockerRuntime(EngineConnection engine, DockerNode node, string version)
    {
        _engine = engine;
        _images = new DockerImages(engine);
        _observer = new DockerObserver(engine, node, _starts);
        _node = node;
        Version = version;
    }

    public string Name => "docker";
    public string Version { get; }
    public ImmutableArray<string> Notes =>
        ["a frozen drone cannot stop unique pods on a Docker engine: its pods' processes are the engine's; fence at the resource with the session lease where that matters"];

    /// <summary>Connects, or answers null when no engine is there.</summary>
    /// <param name="cluster">Identity of the cluster, so that clusters may share an engine.</param>
    public static async Task<DockerRuntime?> TryConnectAsync(string socketPath, string cluster, string node, CancellationToken cancellation)
    {
        if (!File.Exists(socketPath)) return null;
        var engine = new EngineConnection(socketPath);
        if (await engine.TryVersionAsync(cancellation) is { } version) return new DockerRuntime(engine, new DockerNode(cluster, node), version);
        engine.Dispose();
        return null;
    }

    public Task<OrderOutcome> EnsureImageAsync(string reference, string policy, RegistryCredential? credential, CancellationToken cancellation) =>
        _images.EnsureAsync(reference, policy, credential, cancellation);

    public async Task<OrderOutcome> StartSandboxAsync(SandboxSpec spec, CancellationToken cancellation)
    {
        OrderOutcome image = await _images.EnsureAsync(BuiltInImages.Pause, "", null, cancellation);
        if (image.Result != OrderResult.Done) return image;
        string name = DockerLabels.NameOf(spec.Pod, DockerLabels.Sandbox, spec.Attempt);
        return await CreateAndStartAsync(name, DockerContainers.Sandbox(_node, image.Value, spec), "FailedCreatePodSandBox", cancellation);
    }

    public Task<OrderOutcome> StopSandboxAsync(string runtimeId, CancellationToken cancellation) => StopContainerAsync(runtimeId, null, TimeSpan.FromSeconds(1), cancellation);

    public Task<OrderOutcome> StartContainerAsync(ContainerSpec spec, CancellationToken cancellation) =>
        CreateAndStartAsync(DockerLabels.NameOf(spec.Pod, spec.Container, spec.Attempt), DockerContainers.Container(_node, spec), "CreateContainerError", cancellation, spec.StartBefore);

    public async Task<OrderOutcome> StopContainerAsync(string runtimeId, string? signal, TimeSpan grace, CancellationToken cancellation)
    {
        HostTime killAt = HostCalls.Boottime() + (grace > TimeSpan.Zero ? grace : TimeSpan.Zero);
        while (true)
        {
            TimeSpan left = GracePeriod.Left(killAt, HostCalls.Boottime());
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(TimeSpan.FromSeconds(WholeSeconds(left)) + EnginePatience);
            try
            {
                return await StopByEngineAsync(runtimeId, signal, left, patience.Token);
            }
            catch (Exception failure) when (failure is RuntimeUnavailableException || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                left = GracePeriod.Left(killAt, HostCalls.Boottime());
                // An engine that comes back meanwhile stops it gently. What is to be dead by a certain time does not wait until it is back.
                if (left <= TimeSpan.Zero) return ContainerProcesses.TryKill(runtimeId) ? OrderOutcome.Done : OrderOutcome.Retry("ContainerRuntimeUnavailable", failure.Message);
                await Task.Delay(left < EngineRetry ? left : EngineRetry, cancellation);
            }
        }
    }

    public async Task<OrderOutcome> RemoveAsync(string runtimeId, CancellationToken cancellation) =>
        Settled(await _engine.SendAsync(HttpMethod.Delete, $"/containers/{runtimeId}?force=1&v=1", null, cancellation));

    public Task<ImmutableArray<ObservedPod>> ListOwnAsync(CancellationToken cancellation) => _observer.ListAsync(cancellation);

    public Task WaitForChangeAsync(TimeSpan timeout, CancellationToken cancellation) => _observer.WaitForChangeAsync(timeout, cancellation);

    public void Poke() => _observer.Poke();

    public async Task<ExecOutcome> ExecAsync(string runtimeId, IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancellation)
    {
        var arguments = new JsonArray();
        foreach (string argument in command) arguments.Add((JsonNode)argument);
        EngineAnswer created = await _engine.SendAsync(HttpMethod.Post, $"/containers/{runtimeId}/exec",
            new JsonObject { ["AttachStdout"] = true, ["AttachStderr"] = true, ["Cmd"] = arguments }, cancellation);
        if (!created.Ok || (string?)created.Json?["Id"] is not { } id) return new ExecOutcome(null, "", created.Message);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        var output = new MemoryStream();
        try
        {
            using HttpResponseMessage response = await _engine.OpenAsync(HttpMethod.Post, $"/exec/{id}/start", new JsonObject { ["Detach"] = false, ["Tty"] = false }, limit.Token);
            await using Stream stream = await response.Content.ReadAsStreamAsync(limit.Token);
            await foreach ((_, ReadOnlyMemory<byte> part) in EngineStreams.FramesAsync(stream, limit.Token))
            {
                if (output.Length < DroneLimits.TerminationMessageBytes * 4) output.Write(part.Span);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new ExecOutcome(null, Text(output), $"command \"{string.Join(' ', command)}\" timed out");
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            return new ExecOutcome(null, Text(output), failure.Message);
        }
        return new ExecOutcome(await ExitCodeAsync(id, cancellation), Text(output), "");
    }

    public async IAsyncEnumerable<LogLine> ReadLogAsync(string runtimeId, bool follow, int? tailLines, [EnumeratorCancellation] CancellationToken cancellation)
    {
        string tail = tailLines?.ToString(CultureInfo.InvariantCulture) ?? "all";
        using HttpResponseMessage response = await _engine.OpenAsync(
            HttpMethod.Get, $"/containers/{runtimeId}/logs?stdout=1&stderr=1&timestamps=1&follow={(follow ? 1 : 0)}&tail={tail}", null, cancellation);
        if (!response.IsSuccessStatusCode) yield break;
        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellation);
        await foreach ((string name, ReadOnlyMemory<byte> part) in EngineStreams.FramesAsync(stream, cancellation))
        {
            if (EngineStreams.TryLine(name, part, out LogLine line)) yield return line;
        }
    }

    public ValueTask DisposeAsync()
    {
        _observer.Dispose();
        _engine.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<OrderOutcome> CreateAndStartAsync(string name, JsonObject body, string reason, CancellationToken cancellation, HostTime? startBefore = null)
    {
        EngineAnswer created = await _engine.SendAsync(HttpMethod.Post, $"/containers/create?name={name}", body, cancellation);
        // Conflict: an earlier order whose answer was lost has made it.
        if (!created.Ok && created.Code != HttpStatusCode.Conflict)
        {
            return OrderOutcome.Retry(created.Code == HttpStatusCode.NotFound ? ImageReasons.Pull : reason, created.Message);
        }
        string? id = (string?)(created.Ok ? created : await _engine.SendAsync(HttpMethod.Get, $"/containers/{name}/json", null, cancellation)).Json?["Id"];
        if (id is null) return OrderOutcome.Retry(reason, $"the engine has no container {name} though it says that there is one");
        if (startBefore is { } end && HostCalls.Boottime() >= end) return OrderOutcome.TooLate;
        EngineAnswer started = await StartAsync(id, startBefore, cancellation);
        if (started.Ok) return OrderOutcome.Done;
        int exitCode = started.Message.Contains("permission denied", StringComparison.Ordinal) ? 126 : started.Code == HttpStatusCode.BadRequest ? 127 : 128;
        return started.Code is HttpStatusCode.BadRequest || reason == "CreateContainerError"
            ? new OrderOutcome(OrderResult.Refused, "RunContainerError", started.Message, ExitCode: exitCode)
            : OrderOutcome.Retry(reason, started.Message);
    }

    private async Task<EngineAnswer> StartAsync(string id, HostTime? startBefore, CancellationToken cancellation)
    {
        bool isKnown = true;
        _starts.Begin(id, startBefore);
        try
        {
            return await _engine.SendAsync(HttpMethod.Post, $"/containers/{id}/start", null, cancellation);
        }
        catch (RuntimeUnavailableException)
        {
            isKnown = false;
            throw;
        }
        finally
        {
            _starts.End(id, isKnown);
        }
    }

    private async Task<OrderOutcome> StopByEngineAsync(string runtimeId, string? signal, TimeSpan grace, CancellationToken cancellation)
    {
        if (grace <= TimeSpan.Zero) return Settled(await _engine.SendAsync(HttpMethod.Post, $"/containers/{runtimeId}/kill", null, cancellation));
        if (signal is not null)
        {
            EngineAnswer sent = await _engine.SendAsync(HttpMethod.Post, $"/containers/{runtimeId}/kill?signal={signal}", null, cancellation);
            if (sent.Ok) await WaitForExitAsync(runtimeId, grace, cancellation);
            grace = TimeSpan.Zero;
        }
        string seconds = WholeSeconds(grace).ToString(CultureInfo.InvariantCulture);
        return Settled(await _engine.SendAsync(HttpMethod.Post, $"/containers/{runtimeId}/stop?t={seconds}", null, cancellation));
    }

    /// <summary>As the engine counts a grace.</summary>
    private static long WholeSeconds(TimeSpan grace) => Math.Max(0, (long)Math.Ceiling(grace.TotalSeconds));

    /// <summary>Not there, or not running: what was asked for is so.</summary>
    private static OrderOutcome Settled(EngineAnswer answer) =>
        answer.Ok || answer.Code is HttpStatusCode.NotFound or HttpStatusCode.Conflict ? OrderOutcome.Done : OrderOutcome.Retry("", answer.Message);

    private async Task WaitForExitAsync(string runtimeId, TimeSpan grace, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(grace);
        try
        {
            await _engine.SendAsync(HttpMethod.Post, $"/containers/{runtimeId}/wait", null, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The grace is over; the caller kills.
            return;
        }
    }

    private async Task<int?> ExitCodeAsync(string exec, CancellationToken cancellation)
    {
        // The engine closes the stream a moment before it knows the exit code.
        for (int attempt = 0; attempt < ExitCodeTries; attempt++)
        {
            EngineAnswer answer = await _engine.SendAsync(HttpMethod.Get, $"/exec/{exec}/json", null, cancellation);
            if (!answer.Ok) return null;
            if ((bool?)answer.Json?["Running"] == false && answer.Json?["ExitCode"] is { } code) return (int?)code;
            await Task.Delay(ExitCodePause, cancellation);
        }
        return null;
    }

    private static string Text(MemoryStream output) => Encoding.UTF8.GetString(output.GetBuffer(), 0, (int)output.Length);
}
