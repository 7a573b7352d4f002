using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Hive.Drone.Pods;
using Hive.Drone.Shell;

namespace Hive.Drone.Runtimes.Docker;

/// <summary>What the engine has of one node: a list a look, an inspection only for what changed, and the engine's events as a wake-up.</summary>
internal sealed class DockerObserver : IDisposable
{
    private readonly EngineConnection _engine;
    private readonly EngineStarts _starts;
    private readonly string _filter;
    private readonly SortedDictionary<string, Inspected> _inspected = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _events;

    /// <summary>What an engine said before it was away need not be so any more, though it says the same again.</summary>
    private bool _wasAway;

    public DockerObserver(EngineConnection engine, DockerNode node, EngineStarts starts)
    {
        _engine = engine;
        _starts = starts;
        _filter = Uri.EscapeDataString(new JsonObject { ["label"] = new JsonArray($"{DockerLabels.Node}={node.Name}", $"{DockerLabels.Cluster}={node.Cluster}") }.ToJsonString());
        _events = FollowEventsAsync(_stop.Token);
    }

    /// <summary>Lets the next wait end at once.</summary>
    public void Poke()
    {
        lock (_changed)
        {
            if (_changed.CurrentCount == 0) _changed.Release();
        }
    }

    public Task WaitForChangeAsync(TimeSpan timeout, CancellationToken cancellation) => _changed.WaitAsync(timeout, cancellation);

    public async Task<ImmutableArray<ObservedPod>> ListAsync(CancellationToken cancellation)
    {
        _starts.KillOverdue(HostCalls.Boottime());
        if (Interlocked.Exchange(ref _wasAway, false)) _inspected.Clear();
        long asOf = _starts.Mark();
        EngineAnswer answer = await _engine.SendAsync(HttpMethod.Get, $"/containers/json?all=1&filters={_filter}", null, cancellation);
        if (!answer.Ok || answer.Json is not JsonArray list) throw new RuntimeUnavailableException($"the engine cannot list containers: {answer.Message}");
        var pods = new SortedDictionary<PodUid, ObservedPod>();
        var alive = new SortedSet<string>(StringComparer.Ordinal);
        var still = new List<string>();
        foreach (JsonNode? item in list)
        {
            if ((string?)item?["Id"] is not { } id || item["Labels"] is not JsonObject labels) continue;
            alive.Add(id);
            string state = (string?)item["State"] ?? "";
            if (!_inspected.TryGetValue(id, out Inspected? known) || known.State != state)
            {
                if (await InspectAsync(id, cancellation) is not { } fresh) continue;
                // A container on its way (created, removing) is looked at again next time.
                _inspected[id] = known = fresh with { State = state };
                if (fresh.Phase == ContainerPhase.Exited) still.Add(id);
            }
            if (known.Phase == ContainerPhase.Created) still.Add(id);
            Add(pods, id, labels, known);
        }
        _starts.KillLost(alive, still, asOf);
        foreach (string gone in _inspected.Keys.Where(id => !alive.Contains(id)).ToArray()) _inspected.Remove(gone);
        return [.. pods.Values];
    }

    private static void Add(SortedDictionary<PodUid, ObservedPod> pods, string id, JsonObject labels, Inspected seen)
    {
        if ((string?)labels[DockerLabels.PodUid] is not { } uidText || (string?)labels[DockerLabels.Container] is not { } container) return;
        if (!int.TryParse((string?)labels[DockerLabels.Attempt], NumberStyles.None, CultureInfo.InvariantCulture, out int attempt)) return;
        var uid = new PodUid(uidText);
        if (!pods.TryGetValue(uid, out ObservedPod? pod))
        {
            pod = ObservedPod.Absent(uid, (string?)labels[DockerLabels.Namespace] ?? "", (string?)labels[DockerLabels.Pod] ?? "", 0);
        }
        if (container == DockerLabels.Sandbox)
        {
            // Of several sandboxes the newest is the pod's; an older one shows up again once that is gone.
            if (pod.Sandbox is null || pod.Sandbox.Attempt < attempt)
            {
                pod = pod with { Sandbox = new ObservedSandbox(id, seen.Phase == ContainerPhase.Running, seen.Address, attempt) };
            }
        }
        else
        {
            ulong.TryParse((string?)labels[DockerLabels.SpecHash], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong hash);
            pod = pod with
            {
                Containers = pod.Containers.Add(new ObservedContainer(container, id, attempt, hash, seen.Phase, seen.ExitCode, seen.Signal,
                    seen.OutOfMemory, seen.StartedAt, seen.FinishedAt, seen.Problem, seen.ImageId, TerminationMessage.Read(seen.TerminationFile))),
            };
        }
        pods[uid] = pod;
    }

    private async Task<Inspected?> InspectAsync(string id, CancellationToken cancellation)
    {
        EngineAnswer answer = await _engine.SendAsync(HttpMethod.Get, $"/containers/{id}/json", null, cancellation);
        if (answer.Code == HttpStatusCode.NotFound) return null;
        if (!answer.Ok || answer.Json?["State"] is not JsonObject state) throw new RuntimeUnavailableException($"the engine cannot inspect {id}: {answer.Message}");
        string status = (string?)state["Status"] ?? "";
        string problem = (string?)state["Error"] ?? "";
        WallTime? started = LogTimes.Wall((string?)state["StartedAt"]);
        // "created" with an error is a start that failed.
        ContainerPhase phase = status switch
        {
            "running" or "paused" => ContainerPhase.Running,
            "exited" or "dead" => ContainerPhase.Exited,
            "created" => problem.Length > 0 ? ContainerPhase.Exited : ContainerPhase.Created,
            _ => ContainerPhase.Unknown,
        };
        int code = (int?)state["ExitCode"] ?? 0;
        bool ended = phase == ContainerPhase.Exited;
        string? address = (string?)answer.Json["NetworkSettings"]?["IPAddress"];
        if (string.IsNullOrEmpty(address)) address = (string?)answer.Json["NetworkSettings"]?["Networks"]?["bridge"]?["IPAddress"];
        string? termination = (answer.Json["Mounts"] as JsonArray)?
            .FirstOrDefault(m => (string?)m?["Source"] is { } source && source.EndsWith(TerminationMessage.FileName, StringComparison.Ordinal)) is { } mount ? (string?)mount["Source"] : null;
        return new Inspected("", phase, ended ? code : null, 0, (bool?)state["OOMKilled"] ?? false, started,
            ended ? LogTimes.Wall((string?)state["FinishedAt"]) : null, problem, (string?)answer.Json["Image"] ?? "", string.IsNullOrEmpty(address) ? null : address,
            ended ? termination : null);
    }

    private async Task FollowEventsAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                using HttpResponseMessage response = await _engine.OpenAsync(HttpMethod.Get, $"/events?filters={_filter}", null, cancellation);
                using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation));
                while (await reader.ReadLineAsync(cancellation) is not null) Poke();
                Volatile.Write(ref _wasAway, true);
            }
            catch (Exception failure) when (failure is RuntimeUnavailableException or IOException or HttpRequestException)
            {
                // The regular looks go on and will say that the engine is away.
                Volatile.Write(ref _wasAway, true);
                Poke();
            }
            catch (OperationCanceledException)
            {
                return;
            }
            await Task.Delay(DroneLimits.LookEvery, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _ = _events.ContinueWith(_ => _stop.Dispose(), TaskScheduler.Default);
    }

    /// <summary>What an inspection said, valid while the list shows the same state.</summary>
    private sealed record Inspected(
        string State, ContainerPhase Phase, int? ExitCode, int Signal, bool OutOfMemory, WallTime? StartedAt, WallTime? FinishedAt, string Problem,
        string ImageId, string? Address, string? TerminationFile);
}
