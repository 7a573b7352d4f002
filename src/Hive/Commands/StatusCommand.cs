using System.CommandLine;
using System.Text.Json.Nodes;
using Hive.Client.Connections;
using Hive.Client.Etcd;
using Hive.Client.Kubernetes;
using Hive.Objects.Yaml;

namespace Hive.Commands;

/// <summary><c>hive status</c>: every queen as it sees itself, and every drone. <c>hive task submit</c>: Hive's smallest order.</summary>
internal static class StatusCommand
{
    /// <summary>A queen that does not answer in this time is shown as not answering.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static Command Create()
    {
        var form = new Option<string>("--output", "-o") { Description = "json or yaml", DefaultValueFactory = _ => "table" };
        var command = new Command("status", "Show queens and drones") { form };
        command.SetAction((parsed, cancellation) => CommandContext.RunAsync(parsed, async context =>
        {
            JsonArray queens = await QueensAsync(context.Settings, cancellation);
            ApiAnswer nodes = await context.Client.GetAsync("/api/v1/nodes", cancellation);
            JsonArray drones = Drones(nodes);
            bool healthy = queens.Count(q => (string?)q?["state"] is "leader" or "follower") > queens.Count / 2 && nodes.Ok;
            OutputForm chosen = GetCommand.ParseForm(parsed.GetValue(form) ?? "table");
            var all = new JsonObject { ["healthy"] = healthy, ["queens"] = queens, ["drones"] = drones };
            if (chosen == OutputForm.Json) Console.WriteLine(Output.Json(all));
            else if (chosen == OutputForm.Yaml) Console.Write(YamlWriter.Write(all));
            else
            {
                Output.Columns(Console.Out, ["QUEEN", "STATE", "TERM", "APPLIED", "REVISION", "SIZE", "STATE DIGEST"], [.. queens.Select(q => Row(q, "address", "state", "term", "applied", "revision", "size", "digest"))]);
                foreach (JsonNode? queen in queens)
                {
                    foreach (JsonNode? problem in queen?["problems"] as JsonArray ?? []) Console.WriteLine($"{queen!["address"]}: {problem}");
                }
                Console.WriteLine();
                if (drones.Count == 0) Console.WriteLine(nodes.Ok ? "No drones have joined." : $"Drones are not known: {nodes.Message}");
                else Output.Columns(Console.Out, ["DRONE", "READY", "RUNTIME", "ADDRESS"], [.. drones.Select(d => Row(d, "name", "ready", "runtime", "address"))]);
            }
            return healthy ? 0 : CommandContext.Failed;
        }));
        return command;
    }

    public static Command CreateTask()
    {
        var text = new Argument<string>("text") { Description = "What a drone is to print" };
        var submit = new Command("submit", "Hand a text to a drone that has room; it prints it") { text };
        submit.SetAction((parsed, cancellation) => CommandContext.RunAsync(parsed, async context =>
        {
            var body = new JsonObject { ["text"] = parsed.GetValue(text) };
            ApiAnswer answer = await context.Client.SendAsync(HttpMethod.Post, "/submit_task", body, KubernetesClient.Json, KubernetesClient.Json, cancellation);
            if (!answer.Ok)
            {
                await Console.Error.WriteLineAsync($"hive: the task was not done: {(string?)answer.Body?["error"] ?? answer.Message}");
                return CommandContext.Failed;
            }
            Console.WriteLine($"{answer.Body?["result"]}: printed by {answer.Body?["drone"]} (task {answer.Body?["task"]})");
            return 0;
        }));
        return new Command("task", "Small orders to drones") { submit };
    }

    /// <summary>Asks every queen by itself, at once.</summary>
    public static async Task<JsonArray> QueensAsync(ClientProfile profile, CancellationToken cancellation)
    {
        JsonObject[] all = await Task.WhenAll(profile.Etcd.Select(address => QueenAsync(profile, address, cancellation)));
        return new JsonArray([.. all]);
    }

    /// <summary>What one queen says of herself; her state is <c>not answering</c> when she says nothing.</summary>
    public static async Task<JsonObject> QueenAsync(ClientProfile profile, string address, CancellationToken cancellation)
    {
        using var client = new EtcdClient(new QueenPool([new Uri(address)], profile.LoadCredentials(), patience: TimeSpan.Zero));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            (JsonObject? status, string? error) = await client.StatusAsync(limit.Token);
            if (status is null || error is not null) return new JsonObject { ["address"] = address, ["state"] = "not answering", ["problem"] = error };
            string self = $"{status["header"]?["member_id"]}", leader = $"{status["leader"]}";
            return new JsonObject
            {
                ["address"] = address,
                ["id"] = self,
                ["state"] = leader is "" or "0" ? "no leader" : leader == self ? "leader" : "follower",
                ["term"] = $"{status["raftTerm"] ?? status["raft_term"]}",
                ["applied"] = $"{status["raftAppliedIndex"] ?? status["raft_applied_index"]}",
                ["revision"] = $"{status["header"]?["revision"]}",
                ["size"] = $"{status["dbSize"] ?? status["db_size"]}",
                ["digest"] = Digest(await client.MetricsAsync(limit.Token)),
                ["problems"] = new JsonArray([.. (status["errors"] as JsonArray ?? []).Select(e => (JsonNode)$"{e}")]),
            };
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new JsonObject { ["address"] = address, ["state"] = "not answering" };
        }
    }

    /// <summary>What the queens' comparison of their states came to, as one of them sees it.</summary>
    private static string Digest(IReadOnlyDictionary<string, double> metrics)
    {
        double members = metrics.GetValueOrDefault("hive_state_equal_members");
        if (metrics.GetValueOrDefault("hive_state_differences_total") > 0) return "DIFFERS";
        return members < 2 ? "not compared yet" : $"equal on {members} at {metrics.GetValueOrDefault("hive_state_equal_index"):0}";
    }

    private static JsonArray Drones(ApiAnswer nodes) => new([.. (nodes.Body?["items"] as JsonArray ?? []).Select(node => (JsonNode)new JsonObject
    {
        ["name"] = $"{node?["metadata"]?["name"]}",
        ["ready"] = (string?)(node?["status"]?["conditions"] as JsonArray)?.FirstOrDefault(c => (string?)c?["type"] == "Ready")?["status"] ?? "Unknown",
        ["runtime"] = $"{node?["status"]?["nodeInfo"]?["containerRuntimeVersion"]}",
        ["address"] = $"{(node?["status"]?["addresses"] as JsonArray)?.FirstOrDefault()?["address"]}:{node?["status"]?["daemonEndpoints"]?["kubeletEndpoint"]?["Port"]}",
    })]);

    private static string[] Row(JsonNode? value, params string[] fields) => [.. fields.Select(f => $"{value?[f]}")];
}
