using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Hive.Client.Kubernetes;
using Hive.Jepsen.Clients;

namespace Hive.Jepsen.Workloads;

/// <summary>Whether all Deployments and pods are as they were asked for.</summary>
internal sealed class Settlement(KubernetesClient api)
{
    /// <returns>What is not yet so (empty: all is), and the uids of the pods that are ready.</returns>
    public async Task<(string Problem, ImmutableArray<string> Running)> LookAsync(CancellationToken cancellation)
    {
        JsonArray? deployments = await ListAsync(PodManifests.Deployments, cancellation), pods = await ListAsync(PodManifests.Pods, cancellation);
        if (deployments is null || pods is null) return ("the member does not answer", []);
        IEnumerable<string> problems = deployments.Select(owner => ProblemOf(owner!, pods)).Concat(pods.Select(p => ProblemOf(p!))).OfType<string>();
        return (string.Join("; ", problems), [.. pods.Where(p => IsReady(p!)).Select(p => (string?)p!["metadata"]?["uid"] ?? "")]);
    }

    private static string? ProblemOf(JsonNode owner, JsonArray pods)
    {
        string name = (string?)owner["metadata"]?["name"] ?? "";
        long generation = Number(owner["metadata"]?["generation"]), observed = Number(owner["status"]?["observedGeneration"]);
        if (generation != observed) return string.Create(CultureInfo.InvariantCulture, $"{name}: generation {generation} is not observed ({observed} is)");
        long wanted = Number(owner["spec"]?["replicas"]);
        foreach (string count in (string[])["replicas", "readyReplicas", "updatedReplicas"])
        {
            long present = Number(owner["status"]?[count]);
            if (present != wanted) return string.Create(CultureInfo.InvariantCulture, $"{name}: {count} is {present}, not {wanted}");
        }
        int own = pods.Count(p => (string?)p?["metadata"]?["labels"]?["app"] == name);
        return own == wanted ? null : string.Create(CultureInfo.InvariantCulture, $"{name}: there are {own} pods, not {wanted}");
    }

    private static string? ProblemOf(JsonNode pod)
    {
        string name = (string?)pod["metadata"]?["name"] ?? "";
        if (pod["metadata"]?["deletionTimestamp"] is not null) return $"pod {name} does not go";
        return IsReady(pod) ? null : $"pod {name} on {(string?)pod["spec"]?["nodeName"] ?? "no node"} is not ready: {(string?)pod["status"]?["phase"]} {pod["status"]?["containerStatuses"]?.ToJsonString()}";
    }

    private static bool IsReady(JsonNode pod) => (pod["status"]?["conditions"] as JsonArray)?.Any(c => (string?)c?["type"] == "Ready" && (string?)c?["status"] == "True") == true;

    private static long Number(JsonNode? node) => (long?)node ?? 0;

    private async Task<JsonArray?> ListAsync(string path, CancellationToken cancellation)
    {
        ApiAnswer answer = await ApiCall.AskAsync(token => api.GetAsync(path, token), cancellation);
        return answer.Ok ? answer.Body?["items"] as JsonArray ?? [] : null;
    }
}
