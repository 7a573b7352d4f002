using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Hive.Client.Connections;
using Hive.Client.Kubernetes;
using Hive.Drone.Desired;
using Hive.Drone.Pods;
using Hive.Objects;

namespace Hive.Drone.Shell;

/// <summary>The queens over HTTPS: their Kubernetes face for objects, and Hive's own paths for session and status.</summary>
public sealed class HttpQueenLink(KubernetesClient client, TimeProvider clock) : IQueenLink
{
    private static readonly TimeSpan RenewPatience = TimeSpan.FromSeconds(3);

    public async Task<LinkAnswer<Node>> RegisterAsync(Node node, CancellationToken cancellation)
    {
        string path = $"/api/v1/nodes/{Uri.EscapeDataString(node.Name)}";
        ApiAnswer found = await client.GetAsync(path, cancellation);
        if (found.Code == 404)
        {
            ApiAnswer created = await client.CreateAsync("/api/v1/nodes", HiveJson.ToNode(node with { Status = new NodeStatus() }), cancellation);
            if (!created.Ok && created.Code != 409) return Fail<Node>(created);
        }
        else if (!found.Ok)
        {
            return Fail<Node>(found);
        }
        else if (node.Metadata.Labels.Any(l => (string?)found.Body?["metadata"]?["labels"]?[l.Key] != l.Value))
        {
            var labels = new JsonObject();
            foreach ((string key, string value) in node.Metadata.Labels) labels[key] = value;
            ApiAnswer labelled = await client.PatchAsync(path, new JsonObject { ["metadata"] = new JsonObject { ["labels"] = labels } }, KubernetesClient.MergePatch, cancellation);
            if (!labelled.Ok) return Fail<Node>(labelled);
        }
        NodeStatus shown = found.Ok && Read<Node>(found) is { Ok: true } known ? KeepTransitions(node.Status, known.Value!.Status) : node.Status;
        ApiAnswer status = await client.PatchAsync(
            path + "/status", new JsonObject { ["status"] = HiveJson.ToNode(shown) }, KubernetesClient.StrategicMergePatch, cancellation);
        return status.Ok ? Read<Node>(status) : Fail<Node>(status);
    }

    public async Task<LinkAnswer<SessionGrant>> OpenSessionAsync(string node, string nodeUid, string bootId, CancellationToken cancellation)
    {
        ApiAnswer answer = await PostAsync($"/hive/v1/drones/{node}/session", new JsonObject { ["nodeUid"] = nodeUid, ["bootId"] = bootId }, cancellation);
        if (!answer.Ok) return Fail<SessionGrant>(answer);
        if (!long.TryParse((string?)answer.Body?["lease"], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long lease))
        {
            return LinkAnswer<SessionGrant>.Failed(LinkFate.Refused, "the queen answered a session without a lease");
        }
        return LinkAnswer<SessionGrant>.Of(new SessionGrant(new LeaseId(lease), TimeSpan.FromSeconds((long?)answer.Body?["ttlSeconds"] ?? 0)));
    }

    public async Task<LinkAnswer<TimeSpan>> RenewAsync(string node, LeaseId lease, long sequence, CancellationToken cancellation)
    {
        // A renewal that takes longer than this is of no use; the next one is already due.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(RenewPatience);
        try
        {
            ApiAnswer answer = await PostAsync($"/hive/v1/drones/{node}/renew", new JsonObject { ["lease"] = lease.ToString(), ["sequence"] = sequence }, limit.Token);
            return answer.Ok ? LinkAnswer<TimeSpan>.Of(TimeSpan.FromSeconds((long?)answer.Body?["ttlSeconds"] ?? 0)) : Fail<TimeSpan>(answer);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return LinkAnswer<TimeSpan>.Failed(LinkFate.Unreachable, "no answer in time");
        }
    }

    public async IAsyncEnumerable<DesiredNews> FollowPodsAsync(string node, Revision reached, [EnumeratorCancellation] CancellationToken cancellation)
    {
        string collection = $"/api/v1/pods?fieldSelector={Uri.EscapeDataString($"spec.nodeName={node}")}";
        while (!cancellation.IsCancellationRequested)
        {
            await foreach (News news in Reflection.FollowAsync(client, collection, clock, cancellation))
            {
                if (news is News.Interrupted interrupted)
                {
                    yield return new DesiredNews(null, interrupted.Problem);
                    continue;
                }
                Revision before = reached;
                if (news is News.Complete complete)
                {
                    var at = new Revision(complete.Revision);
                    yield return new DesiredNews(new DesiredMessage.Complete(at, [.. complete.Items.Select(i => TryPod(i, at)).OfType<DesiredPod>()]), "");
                    if (at < before) break;
                    reached = at;
                }
                else if (news is News.Changed changed)
                {
                    reached = Later(before, changed.Revision);
                    DesiredPod? pod = TryPod(changed.Item, reached);
                    yield return new DesiredNews(new DesiredMessage.Delta(before, reached, pod is null ? [] : [pod], []), "");
                }
                else if (news is News.Gone gone)
                {
                    reached = Later(before, gone.Revision);
                    yield return new DesiredNews(new DesiredMessage.Delta(before, reached, [], [new PodUid((string?)gone.Item["metadata"]?["uid"] ?? "")]), "");
                }
            }
            await Task.Delay(DroneLimits.FirstRetry, clock, cancellation);
        }
    }

    public async Task<LinkAnswer<ImmutableArray<ReportOutcome>>> ReportAsync(string node, StatusBatch batch, CancellationToken cancellation)
    {
        var pods = new JsonArray();
        foreach (PodReport report in batch.Pods)
        {
            pods.Add((JsonNode)new JsonObject
            {
                ["namespace"] = report.Namespace,
                ["name"] = report.Name,
                ["uid"] = report.Uid.Value,
                ["status"] = HiveJson.ToNode(report.Status),
                ["removed"] = report.Removed,
            });
        }
        ApiAnswer answer = await PostAsync($"/hive/v1/drones/{node}/status", new JsonObject { ["lease"] = batch.Session.ToString(), ["pods"] = pods }, cancellation);
        if (!answer.Ok) return Fail<ImmutableArray<ReportOutcome>>(answer);
        var outcomes = ImmutableArray.CreateBuilder<ReportOutcome>();
        foreach (JsonNode? item in answer.Body?["outcomes"] as JsonArray ?? [])
        {
            if (Enum.TryParse((string?)item?["outcome"], out ReportFate fate)) outcomes.Add(new ReportOutcome(new PodUid((string?)item?["uid"] ?? ""), fate));
        }
        return LinkAnswer<ImmutableArray<ReportOutcome>>.Of(outcomes.ToImmutable());
    }

    public Task<LinkAnswer<ConfigMap>> GetConfigMapAsync(string @namespace, string name, CancellationToken cancellation) =>
        GetAsync<ConfigMap>($"/api/v1/namespaces/{@namespace}/configmaps/{Uri.EscapeDataString(name)}", cancellation);

    public Task<LinkAnswer<Secret>> GetSecretAsync(string @namespace, string name, CancellationToken cancellation) =>
        GetAsync<Secret>($"/api/v1/namespaces/{@namespace}/secrets/{Uri.EscapeDataString(name)}", cancellation);

    public async Task<LinkAnswer<ImmutableArray<Service>>> ListServicesAsync(string @namespace, CancellationToken cancellation)
    {
        LinkAnswer<ObjectList<Service>> list = await GetAsync<ObjectList<Service>>($"/api/v1/namespaces/{@namespace}/services", cancellation);
        return list.Ok
            ? LinkAnswer<ImmutableArray<Service>>.Of([.. list.Value!.Items])
            : LinkAnswer<ImmutableArray<Service>>.Failed(list.Fate, list.Problem);
    }

    public async Task<LinkAnswer<string>> RequestTokenAsync(Pod pod, string audience, long expirationSeconds, CancellationToken cancellation)
    {
        string account = pod.Spec.ServiceAccountName.Length > 0 ? pod.Spec.ServiceAccountName : "default";
        var request = new TokenRequest
        {
            Spec = new TokenRequestSpec
            {
                Audiences = audience.Length > 0 ? [audience] : [],
                ExpirationSeconds = expirationSeconds,
                BoundObjectRef = new BoundObjectReference { Kind = "Pod", ApiVersion = "v1", Name = pod.Name, Uid = pod.Metadata.Uid },
            },
        };
        ApiAnswer answer = await client.CreateAsync($"/api/v1/namespaces/{pod.Namespace}/serviceaccounts/{Uri.EscapeDataString(account)}/token", HiveJson.ToNode(request), cancellation);
        return answer.Ok && (string?)answer.Body?["status"]?["token"] is { Length: > 0 } token ? LinkAnswer<string>.Of(token) : Fail<string>(answer);
    }

    public async Task<LinkAnswer<Event>> PostEventAsync(Event news, CancellationToken cancellation)
    {
        string collection = $"/api/v1/namespaces/{news.Namespace}/events";
        if (news.Count > 1)
        {
            var patch = new JsonObject { ["count"] = news.Count, ["message"] = news.Message, ["lastTimestamp"] = news.LastTimestamp?.ToString() };
            ApiAnswer counted = await client.PatchAsync($"{collection}/{Uri.EscapeDataString(news.Name)}", patch, KubernetesClient.MergePatch, cancellation);
            if (counted.Code != 404) return counted.Ok ? LinkAnswer<Event>.Of(news) : Fail<Event>(counted);
        }
        ApiAnswer answer = await client.CreateAsync(collection, HiveJson.ToNode(news), cancellation);
        return answer.Ok ? LinkAnswer<Event>.Of(news) : Fail<Event>(answer);
    }

    public async Task<LinkAnswer<Lease>> RenewNodeLeaseAsync(string node, string nodeUid, CancellationToken cancellation)
    {
        const string Collection = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
        var lease = new Lease
        {
            Metadata = new ObjectMeta
            {
                Name = node,
                Namespace = "kube-node-lease",
                OwnerReferences = [new OwnerReference { ApiVersion = "v1", Kind = "Node", Name = node, Uid = nodeUid }],
            },
            Spec = new LeaseSpec { HolderIdentity = node, LeaseDurationSeconds = 40, RenewTime = MicroTime.From(clock.GetUtcNow()) },
        };
        var patch = new JsonObject { ["spec"] = HiveJson.ToNode(lease.Spec) };
        ApiAnswer answer = await client.PatchAsync($"{Collection}/{Uri.EscapeDataString(node)}", patch, KubernetesClient.MergePatch, cancellation);
        if (answer.Code == 404) answer = await client.CreateAsync(Collection, HiveJson.ToNode(lease), cancellation);
        return answer.Ok ? LinkAnswer<Lease>.Of(lease) : Fail<Lease>(answer);
    }

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<LinkAnswer<T>> GetAsync<T>(string path, CancellationToken cancellation) where T : class, new()
    {
        ApiAnswer answer = await client.GetAsync(path, cancellation);
        return answer.Ok ? Read<T>(answer) : Fail<T>(answer);
    }

    private Task<ApiAnswer> PostAsync(string path, JsonObject body, CancellationToken cancellation) =>
        client.SendAsync(HttpMethod.Post, path, body, KubernetesClient.Json, KubernetesClient.Json, cancellation);

    private static LinkAnswer<T> Read<T>(ApiAnswer answer) where T : class, new()
    {
        Decoded<T> decoded = HiveJson.Read<T>(System.Text.Encoding.UTF8.GetBytes(answer.Body?.ToJsonString() ?? ""));
        return decoded.Ok ? LinkAnswer<T>.Of(decoded.Value) : LinkAnswer<T>.Failed(LinkFate.Refused, $"the queen's answer cannot be read: {decoded.Error}");
    }

    private static LinkAnswer<T> Fail<T>(ApiAnswer answer) => LinkAnswer<T>.Failed(answer.Code switch
    {
        404 => LinkFate.NotFound,
        409 => LinkFate.Conflict,
        0 or 429 or >= 500 => LinkFate.Unreachable,
        _ => LinkFate.Refused,
    }, answer.Message);

    /// <summary>A condition that says what it said before has not changed since then.</summary>
    private static NodeStatus KeepTransitions(NodeStatus status, NodeStatus known) => status with
    {
        Conditions =
        [
            .. status.Conditions.Select(c => known.Conditions.FirstOrDefault(k => k.Type == c.Type && k.Status == c.Status) is { LastTransitionTime: { } since }
                ? c with { LastTransitionTime = since } : c),
        ],
    };

    private static DesiredPod? TryPod(JsonObject item, Revision fallback)
    {
        Decoded<Pod> pod = HiveJson.Read<Pod>(System.Text.Encoding.UTF8.GetBytes(item.ToJsonString()));
        if (!pod.Ok || pod.Value.Metadata.Uid.Length == 0) return null;
        Revision at = long.TryParse(pod.Value.Metadata.ResourceVersion, NumberStyles.None, CultureInfo.InvariantCulture, out long own) ? new Revision(own) : fallback;
        return new DesiredPod(new PodUid(pod.Value.Metadata.Uid), pod.Value, at);
    }

    private static Revision Later(Revision at, long revision) => revision > at.Value ? new Revision(revision) : at;
}
