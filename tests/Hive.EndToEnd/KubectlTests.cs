using Hive.EndToEnd.World;
using Xunit;

namespace Hive.EndToEnd;

/// <summary>kubectl as people use it, old and new, on a real cluster (FEATURES B1, B5, B7, C1, C2).</summary>
public sealed class KubectlTests
{
    /// <summary>Every kubectl on this machine that the test command knows of: the newest under its usual name, and Debian's 1.20.</summary>
    public static TheoryData<string> Programs => ["kubectl", OldKubectl];

    private static string OldKubectl => Path.Combine(Tool.Installed, "kubectl-1.20");

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task The_example_runs_scales_rolls_and_goes(string kubectl)
    {
        await using TestCluster cluster = await TestCluster.StartAsync(queens: 1, drones: 1);
        async Task<string> Run(params string[] arguments)
        {
            ToolResult result = await cluster.KubectlOfAsync(kubectl, null, arguments);
            Assert.True(result.ExitCode == 0, $"kubectl {string.Join(' ', arguments)}: {result.All}");
            return result.Output;
        }

        await Run("version");
        Assert.Contains("is running at", await Run("cluster-info"), StringComparison.Ordinal);
        Assert.Contains("Ready", await Run("get", "nodes"), StringComparison.Ordinal);
        Assert.Contains("deployments", await Run("api-resources", "-o", "wide"), StringComparison.Ordinal);
        foreach (string name in new[] { "default", "kube-system", "kube-public", "kube-node-lease" }) Assert.Contains(name, await Run("get", "ns"), StringComparison.Ordinal);
        Assert.Contains("443/TCP", await Run("get", "svc", "kubernetes"), StringComparison.Ordinal);

        string example = Path.Combine(Tool.Repository, "examples", "example-deployment.yaml");
        string applied = await Run("apply", "-f", example);
        Assert.Contains("deployment.apps/web created", applied, StringComparison.Ordinal);
        Assert.Contains("service/web created", applied, StringComparison.Ordinal);
        await Run("rollout", "status", "deployment/web", "--timeout=100s");
        string all = await Run("get", "deploy,rs,po,svc,endpointslices", "-o", "wide");
        Assert.Contains("3/3", all, StringComparison.Ordinal);
        Assert.Contains("unchanged", await Run("apply", "-f", example), StringComparison.Ordinal);

        await Run("scale", "deployment/web", "--replicas=2");
        await Run("wait", "--for=condition=Available", "deployment/web", "--timeout=60s");
        await Tool.EventuallyAsync(async () => (await Run("get", "deploy", "web", "-o", "jsonpath={.status.replicas}")).Trim() == "2", "two replicas are left");

        await Run("set", "env", "deployment/web", "COLOUR=blue");
        await Run("rollout", "status", "deployment/web", "--timeout=100s");
        Assert.Contains("2", await Run("rollout", "history", "deployment/web"), StringComparison.Ordinal);
        await Run("rollout", "undo", "deployment/web");
        await Run("rollout", "status", "deployment/web", "--timeout=100s");

        await Run("label", "deployment/web", "tier=front");
        await Run("annotate", "deployment/web", "note=hello");
        await Run("patch", "deployment/web", "-p", """{"metadata":{"labels":{"more":"yes"}}}""");
        Assert.Contains("ScalingReplicaSet", await Run("describe", "deployment", "web"), StringComparison.Ordinal);
        await Run("explain", "deployment.spec.replicas");
        await Run("create", "configmap", "settings", "--from-literal=a=b");
        await Run("create", "namespace", "other");
        await Run("delete", "namespace", "other", "--timeout=60s");
        await Run("delete", "-f", example, "--timeout=60s");
        await Tool.EventuallyAsync(async () => (await Run("get", "pods", "-o", "name")).Trim().Length == 0, "all pods are gone");
    }

    [Fact]
    public async Task A_pod_that_fits_nowhere_says_why_and_runs_once_a_node_has_room()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(queens: 1, drones: 1);
        const string Pod = """
            apiVersion: v1
            kind: Pod
            metadata: {name: picky}
            spec:
              nodeSelector: {disk: fast}
              containers:
                - {name: main, image: "hive.io/sample-web:1"}
            """;
        Assert.Equal(0, (await cluster.KubectlOfAsync("kubectl", Pod, "apply", "-f", "-")).ExitCode);
        await Tool.EventuallyAsync(async () => (await cluster.KubectlAsync("describe", "pod", "picky")).Output.Contains("0/1 nodes are available", StringComparison.Ordinal), "describe says why the pod waits");

        Assert.Equal(0, (await cluster.KubectlAsync("label", "node", "drone-1", "disk=fast")).ExitCode);

        await Tool.EventuallyAsync(async () => (await cluster.KubectlAsync("get", "pod", "picky", "-o", "jsonpath={.status.phase}")).Output == "Running", "the pod runs");
    }

    [Fact]
    public async Task A_drone_may_do_what_node_restriction_says_and_its_certificate_opens_neither_the_store_nor_a_link_between_queens()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(queens: 1, drones: 1);
        string authority = Path.Combine(cluster.Pki, "ca.crt"), certificate = Path.Combine(cluster.Pki, "drone-1.crt"), key = Path.Combine(cluster.Pki, "drone-1.key");
        Task<ToolResult> Curl(Uri of) => Tool.RunAsync("curl", ["--silent", "--show-error", "--cacert", authority, "--cert", certificate, "--key", key, of.AbsoluteUri]);
        Assert.Contains("\"kind\": \"Node\"", (await Curl(new Uri(cluster.Api("queen-1"), "/api/v1/nodes/drone-1"))).Must().Output, StringComparison.Ordinal);
        Assert.Contains("forbidden", (await Curl(new Uri(cluster.Api("queen-1"), "/api/v1/secrets"))).Must().Output, StringComparison.Ordinal);

        (await Curl(new Uri($"https://{cluster.EtcdAddress("queen-1")}/version"))).MustFail("curl: (");
        Assert.Equal(0, (await cluster.EtcdctlAsync(null, "get", "/", "--prefix", "--keys-only")).ExitCode);

        (await Curl(new Uri($"https://{cluster.PeerAddress("queen-1")}/"))).MustFail("curl: (");
        await Tool.EventuallyAsync(
            () => Task.FromResult(cluster.Printed("queen-1", "log").Contains("peer port: connection from", StringComparison.Ordinal)), "the queen says that she refused a link");
        Assert.DoesNotContain("closed:", cluster.Printed("queen-1", "log"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bad_input_gets_a_precise_refusal_and_the_queen_stays_up()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(queens: 1);
        (string Manifest, string Expected)[] cases =
        [
            ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\nbogus: 1\n", "unknown field \"bogus\""),
            ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Bad_Name}\n", "Bad_Name"),
            ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: [1]\n", "ConfigMap"),
            ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: nowhere}\n", "namespaces \"nowhere\" not found"),
            ("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: c}}, spec: {containers: [{name: c, image: i}]}}}\n", "does not match template"),
            ("apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: []}\n", "containers"),
        ];
        foreach ((string manifest, string expected) in cases)
        {
            ToolResult result = await cluster.KubectlOfAsync("kubectl", manifest, "create", "-f", "-");
            Assert.True(result.ExitCode != 0 && result.Error.Contains(expected, StringComparison.Ordinal), $"{manifest}\nexpected: {expected}\n{result.All}");
            Assert.DoesNotContain("InternalError", result.Error, StringComparison.Ordinal);
        }
        Assert.Equal(0, (await cluster.KubectlAsync("get", "ns")).ExitCode);
    }
}
