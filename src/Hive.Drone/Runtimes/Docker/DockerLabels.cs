using System.Globalization;
using System.Text.Json.Nodes;

namespace Hive.Drone.Runtimes.Docker;

/// <summary>What Hive writes on its containers, so that a restarted drone knows them again.</summary>
internal static class DockerLabels
{
    /// <summary>Of which cluster: several on one machine may share an engine, and have nodes of the same name.</summary>
    public const string Cluster = "hive.io/cluster";
    public const string Node = "hive.io/node";
    public const string PodUid = "hive.io/pod-uid";
    public const string Namespace = "hive.io/pod-namespace";
    public const string Pod = "hive.io/pod-name";
    public const string Container = "hive.io/container";
    public const string Attempt = "hive.io/attempt";
    public const string SpecHash = "hive.io/spec-hash";

    /// <summary>Value of <see cref="Container"/> on a sandbox; no container may be called so.</summary>
    public const string Sandbox = "POD";

    public static JsonObject For(DockerNode node, PodIdentity pod, string container, int attempt, ulong specHash) => new()
    {
        [Cluster] = node.Cluster,
        [Node] = node.Name,
        [PodUid] = pod.Uid.Value,
        [Namespace] = pod.Namespace,
        [Pod] = pod.Name,
        [Container] = container,
        [Attempt] = attempt.ToString(CultureInfo.InvariantCulture),
        [SpecHash] = specHash.ToString("x16", CultureInfo.InvariantCulture),
        // What tools for Kubernetes look for.
        ["io.kubernetes.pod.name"] = pod.Name,
        ["io.kubernetes.pod.namespace"] = pod.Namespace,
        ["io.kubernetes.pod.uid"] = pod.Uid.Value,
        ["io.kubernetes.container.name"] = container,
    };

    /// <summary>The name that makes a repeated create find the first one's container.</summary>
    public static string NameOf(PodIdentity pod, string container, int attempt) =>
        string.Create(CultureInfo.InvariantCulture, $"hive-{pod.Uid}-{container}-{attempt}");
}

/// <summary>Whose containers they are.</summary>
/// <param name="Cluster">Identity of the cluster: it outlives the drone's disk.</param>
internal readonly record struct DockerNode(string Cluster, string Name);
