using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Hive.Client.Connections;
using Hive.Client.Kubernetes;
using Hive.EndToEnd.World;
using Xunit;

namespace Hive.EndToEnd;

/// <summary>The Hive tutorial: Larve, drones and queens (FEATURES A1 to A5).</summary>
public sealed class TutorialTests
{
    [Fact]
    public async Task Drones_print_tasks_for_queens_alone_and_any_queen_hands_them_out()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(queens: 3, drones: 2);
        var drone = new Uri("http://" + (string)cluster.Description["drones"]![0]!["listen"]!);
        using var plain = new HttpClient();

        JsonNode health = new JsonObject();
        await Tool.EventuallyAsync(async () =>
        {
            using HttpResponseMessage answer = await plain.GetAsync(new Uri(drone, "/healthz"));
            health = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            return (string?)health["status"] == "READY";
        }, "the drone is ready for work");
        Assert.Equal("DRONE", (string?)health["mode"]);
        Assert.False(string.IsNullOrEmpty((string?)health["version"]));

        using HttpResponseMessage stranger = await plain.PostAsync(new Uri(drone, "/do_task"), Body("""{"text":"hello"}"""));
        Assert.True(stranger.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, $"a caller without credentials got {stranger.StatusCode}");

        using HttpClient queen = Http(cluster, "queen-1");
        var secure = new Uri("https://" + drone.Authority);
        using HttpResponseMessage done = await queen.PostAsync(new Uri(secure, "/do_task"), Body("""{"text":"hello from a queen"}"""));
        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
        Assert.Equal("OK", (string?)JsonNode.Parse(await done.Content.ReadAsStringAsync())!["result"]);
        await Tool.EventuallyAsync(() => Task.FromResult(cluster.Printed("drone-1").Contains("hello from a queen", StringComparison.Ordinal)), "the drone prints the text");

        foreach (string bad in new[] { "{}", """{"text":""}""", "not json", """{"text":1}""" })
        {
            using HttpResponseMessage refused = await queen.PostAsync(new Uri(secure, "/do_task"), Body(bad));
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.True((await refused.Content.ReadAsStringAsync()).Length > 10, "a refusal gives a reason");
        }

        using HttpResponseMessage wrongMode = await queen.PostAsync(new Uri(cluster.Api("queen-1"), "/do_task"), Body("""{"text":"hello"}"""));
        Assert.Equal(HttpStatusCode.BadRequest, wrongMode.StatusCode);
        Assert.Contains("in queen mode, not taking tasks", await wrongMode.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using HttpResponseMessage droneMode = await queen.PostAsync(new Uri(secure, "/submit_task"), Body("""{"text":"hello"}"""));
        Assert.Equal(HttpStatusCode.BadRequest, droneMode.StatusCode);

        foreach (string name in cluster.Queens)
        {
            using KubernetesClient client = cluster.Kubernetes(name);
            string text = $"task through {name}";
            ApiAnswer answer = await client.SendAsync(HttpMethod.Post, "/submit_task", new JsonObject { ["text"] = text }, KubernetesClient.Json, KubernetesClient.Json, CancellationToken.None);
            Assert.True(answer.Ok, answer.Message);
            string chosen = (string?)answer.Body?["drone"] ?? "";
            await Tool.EventuallyAsync(() => Task.FromResult(cluster.Printed(chosen).Contains(text, StringComparison.Ordinal)), $"{chosen} prints it");
            Assert.Equal(1, cluster.Drones.Sum(d => Occurrences(cluster.Printed(d), text)));
        }

        ToolResult drones = await cluster.HiveAsync("get", "drones");
        Assert.True(drones.ExitCode == 0 && drones.Output.Contains("drone-1", StringComparison.Ordinal) && drones.Output.Contains("drone-2", StringComparison.Ordinal), drones.All);
    }

    [Fact]
    public async Task A_task_survives_the_loss_of_the_leader_and_of_a_drone()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(queens: 3, drones: 2);
        string leader = await cluster.LeaderAsync();
        await cluster.KillAsync("drone-1");
        await cluster.KillAsync(leader);

        ToolResult submitted = await cluster.HiveAsync("task", "submit", "still here");

        Assert.True(submitted.ExitCode == 0, submitted.All);
        Assert.Contains("drone-2", submitted.Output, StringComparison.Ordinal);
        await Tool.EventuallyAsync(() => Task.FromResult(cluster.Printed("drone-2").Contains("still here", StringComparison.Ordinal)), "drone-2 prints it");
    }

    private static int Occurrences(string text, string part) => text.Split(part).Length - 1;

    private static StringContent Body(string text) => new(text, Encoding.UTF8, "application/json");

    private static HttpClient Http(TestCluster cluster, string identity)
    {
        ClientProfile profile = cluster.Profile with
        {
            CertificateFile = Path.Combine(cluster.Pki, identity + ".crt"),
            KeyFile = Path.Combine(cluster.Pki, identity + ".key"),
        };
        return new HttpClient(ClientHandlers.Create(profile.LoadCredentials()));
    }
}
