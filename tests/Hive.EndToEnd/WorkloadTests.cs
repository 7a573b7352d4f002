using Hive.EndToEnd.World;
using Xunit;

namespace Hive.EndToEnd;

/// <summary>Pods and Services on a real engine and on plain processes (FEATURES B2, B7, C4).</summary>
public sealed class WorkloadTests
{
    private const string Unready = """
        apiVersion: v1
        kind: Pod
        metadata:
          name: unready
          labels: {app: web}
        spec:
          containers:
            - name: web
              image: hive.io/sample-web:1
              readinessProbe:
                httpGet: {path: /, port: 9}
                periodSeconds: 1
        """;

    private const string Caller = """
        apiVersion: v1
        kind: Pod
        metadata: {name: caller}
        spec:
          containers:
            - name: caller
              image: local/box:1
              command: [/busybox, sh, -c]
              args: ["i=0; while [ $i -lt 300 ]; do /busybox wget -q -O - http://$ADDRESS/; i=$((i+1)); done; echo done; /busybox sleep 1000"]
              env:
                - {name: ADDRESS, value: "ADDRESS-OF-WEB"}
        """;

    [Theory]
    [InlineData("process")]
    [InlineData("docker")]
    public async Task A_service_balances_over_ready_pods_from_nodes_and_from_pods_and_a_missing_image_is_waited_for(string runtime)
    {
        await using ContainerEngine? engine = runtime == "docker" ? await ContainerEngine.StartAsync() : null;
        await using TestCluster cluster = await TestCluster.StartAsync(queens: 1, drones: 1, runtime, engine?.Environment);
        await Ok(cluster, null, "apply", "-f", Path.Combine(Tool.Repository, "examples", "example-deployment.yaml"));
        await Ok(cluster, null, "rollout", "status", "deployment/web", "--timeout=100s");
        await Ok(cluster, Unready, "apply", "-f", "-");
        await EventuallyPrints(cluster, "Running", "get", "pod", "unready", "-o", "jsonpath={.status.phase}");
        string[] ready = (await Ok(cluster, null, "get", "pods", "-l", "app=web", "-o", "jsonpath={range .items[*]}{.metadata.name}{'\\n'}{end}"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(n => n != "unready").Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(3, ready.Length);
        string address = (await Ok(cluster, null, "get", "service", "web", "-o", "jsonpath={.spec.clusterIP}")).Trim();

        var reached = new SortedSet<string>(StringComparer.Ordinal);
        using (var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero }))
        {
            async Task CallAsync() => reached.Add((await http.GetStringAsync(new Uri($"http://{address}/"))).Split('\n')[0].Trim());
            // A pod is Ready in the API a moment before the node's proxy has heard of it.
            await Tool.EventuallyAsync(
                async () =>
                {
                    try
                    {
                        await CallAsync();
                    }
                    catch (HttpRequestException)
                    {
                        return false;
                    }
                    return reached.IsSupersetOf(ready);
                }, "each ready pod has answered once");
            for (int i = 0; i < 300; i++) await CallAsync();
        }
        Assert.Equal(ready, reached);

        if (engine is null) return;
        await Ok(cluster, Caller.Replace("ADDRESS-OF-WEB", address, StringComparison.Ordinal), "apply", "-f", "-");
        await EventuallyPrints(cluster, "ImagePullBackOff", "get", "pod", "caller");
        string told = await Ok(cluster, null, "describe", "pod", "caller");
        Assert.Contains("Failed", told, StringComparison.Ordinal);
        Assert.Contains("local/box:1", told, StringComparison.Ordinal);

        await ImportBusyboxAsync(engine);
        await Tool.EventuallyAsync(
            async () => (await cluster.KubectlAsync("logs", "caller")).Output.Contains("done", StringComparison.Ordinal), "the pod runs once its image is there, and has called 300 times", TimeSpan.FromSeconds(150));
        string[] answers = [.. (await Ok(cluster, null, "logs", "caller")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l.StartsWith("web-", StringComparison.Ordinal)).Select(l => l.Trim())];
        Assert.True(answers.Length == 300, $"{answers.Length} of 300 calls were answered:\n{await Ok(cluster, null, "logs", "caller")}");
        Assert.Equal(ready, answers.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Pods_run_on_while_their_drone_restarts_and_a_killed_pod_is_replaced()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(queens: 1, drones: 1);
        await Ok(cluster, null, "apply", "-f", Path.Combine(Tool.Repository, "examples", "example-deployment.yaml"));
        await Ok(cluster, null, "rollout", "status", "deployment/web", "--timeout=100s");
        string before = await Ok(cluster, null, "get", "pods", "-o", "jsonpath={range .items[*]}{.metadata.name}/{.status.containerStatuses[0].containerID}/{.status.containerStatuses[0].restartCount} {end}");

        await cluster.KillAsync("drone-1");
        cluster.Start("drone-1");
        await Tool.EventuallyAsync(() => Task.FromResult(cluster.Printed("drone-1", "log").Split("is registered").Length > 2), "the drone is registered again");
        await cluster.UntilReadyAsync("drone-1");
        await Ok(cluster, null, "wait", "--for=condition=Ready", "pods", "-l", "app=web", "--timeout=60s");

        Assert.Equal(before, await Ok(cluster, null, "get", "pods", "-o", "jsonpath={range .items[*]}{.metadata.name}/{.status.containerStatuses[0].containerID}/{.status.containerStatuses[0].restartCount} {end}"));

        string victim = before.Split('/')[0];
        await Ok(cluster, null, "delete", "pod", victim, "--wait=true");
        await Tool.EventuallyAsync(async () => (await Ok(cluster, null, "get", "deployment", "web", "-o", "jsonpath={.status.availableReplicas}")).Trim() == "3", "a third pod is available again");
        Assert.DoesNotContain(victim, await Ok(cluster, null, "get", "pods"), StringComparison.Ordinal);
    }

    private static async Task<string> Ok(TestCluster cluster, string? input, params string[] arguments)
    {
        ToolResult result = await cluster.KubectlOfAsync("kubectl", input, arguments);
        Assert.True(result.ExitCode == 0, $"kubectl {string.Join(' ', arguments)}: {result.All}");
        return result.Output;
    }

    private static Task EventuallyPrints(TestCluster cluster, string expected, params string[] arguments) =>
        Tool.EventuallyAsync(async () => (await cluster.KubectlAsync(arguments)).Output.Contains(expected, StringComparison.Ordinal), $"kubectl {string.Join(' ', arguments)} shows {expected}");

    private static async Task ImportBusyboxAsync(ContainerEngine engine)
    {
        string folder = Directory.CreateTempSubdirectory("hive-image-").FullName;
        string busybox = new[] { "/bin/busybox", "/usr/bin/busybox" }.FirstOrDefault(File.Exists) ?? throw new InvalidOperationException("busybox is needed to make an image: install the package busybox-static");
        File.Copy(busybox, Path.Combine(folder, "busybox"));
        string tar = Path.Combine(folder, "image.tar");
        ToolResult packed = await Tool.RunAsync("tar", ["-C", folder, "-cf", tar, "busybox"]);
        Assert.True(packed.ExitCode == 0, packed.All);
        await engine.RunAsync("import", tar, "local/box:1");
        Directory.Delete(folder, recursive: true);
    }
}
