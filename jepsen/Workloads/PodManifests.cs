using System.Text.Json.Nodes;

namespace Hive.Jepsen.Workloads;

/// <summary>The objects of the deployments workload. Their program writes a heartbeat into a folder that all nodes share, so that what really ran is known.</summary>
internal static class PodManifests
{
    public const string Namespace = "pods";
    public const string Deployments = $"/apis/apps/v1/namespaces/{Namespace}/deployments";
    public const string Pods = $"/api/v1/namespaces/{Namespace}/pods";

    private const int GraceSeconds = 2;
    private const string HeartbeatFolder = "/beats";

    /// <summary>One file for each life, named after pod, uid and start; one line for each heartbeat, the boot clock in seconds.</summary>
    private const string Program = $"""
        trap 'exit 0' TERM
        read start idle < /proc/uptime
        while :; do read now idle < /proc/uptime; echo "$now" >> "{HeartbeatFolder}/$POD_NAME.$POD_UID.$start"; sleep 0.2; done
        """;

    public static JsonObject Deployment(string name, int replicas, string image, string beats) => new()
    {
        ["apiVersion"] = "apps/v1",
        ["kind"] = "Deployment",
        ["metadata"] = new JsonObject { ["name"] = name },
        ["spec"] = new JsonObject
        {
            ["replicas"] = replicas,
            ["strategy"] = new JsonObject { ["rollingUpdate"] = new JsonObject { ["maxSurge"] = 1, ["maxUnavailable"] = 1 } },
            ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["app"] = name } },
            ["template"] = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["app"] = name } }, ["spec"] = PodSpec(image, beats) },
        },
    };

    /// <summary>A pod of which at most one may run at a time, whatever becomes of its node.</summary>
    public static JsonObject UniquePod(string name, string image, string beats) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Pod",
        ["metadata"] = new JsonObject { ["name"] = name, ["annotations"] = new JsonObject { ["hive.io/unique"] = "true" } },
        ["spec"] = PodSpec(image, beats),
    };

    private static JsonObject PodSpec(string image, string beats) => new()
    {
        ["terminationGracePeriodSeconds"] = GraceSeconds,
        ["containers"] = new JsonArray(new JsonObject
        {
            ["name"] = "heart",
            ["image"] = image,
            ["imagePullPolicy"] = "IfNotPresent",
            ["command"] = new JsonArray("/bin/sh", "-c", Program),
            ["env"] = new JsonArray(Field("POD_NAME", "metadata.name"), Field("POD_UID", "metadata.uid")),
            ["volumeMounts"] = new JsonArray(new JsonObject { ["name"] = "beats", ["mountPath"] = HeartbeatFolder }),
        }),
        ["volumes"] = new JsonArray(new JsonObject { ["name"] = "beats", ["hostPath"] = new JsonObject { ["path"] = beats, ["type"] = "Directory" } }),
    };

    private static JsonObject Field(string variable, string path) =>
        new() { ["name"] = variable, ["valueFrom"] = new JsonObject { ["fieldRef"] = new JsonObject { ["fieldPath"] = path } } };
}
