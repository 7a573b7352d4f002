using System.Text;
using System.Text.Json.Nodes;
using Hive.Client.Connections;
using Hive.EndToEnd.World;
using Xunit;

namespace Hive.EndToEnd;

/// <summary>Writes that carry an id of the client's, repeated because nobody knows what became of them.</summary>
public sealed class IdempotencyTests
{
    private const string RequestId = "hive-request-id";

    private static readonly string Key = Base64("idempotent");

    /// <summary>One id each, in the order in which they are sent: each would answer otherwise if it were done twice.</summary>
    private static readonly (string Id, string Path, string Body)[] Writes =
    [
        ("00000000000000000000000000000001", "/v3/kv/put", $$"""{"key":"{{Key}}","value":"{{Base64("first")}}","prev_kv":true}"""),
        ("00000000000000000000000000000002", "/v3/kv/txn",
            $$"""{"compare":[{"target":"VERSION","key":"{{Key}}","version":"1"}],"success":[{"request_put":{"key":"{{Key}}","value":"{{Base64("second")}}","prev_kv":true} }]}"""),
        ("00000000000000000000000000000003", "/v3/kv/put", $$"""{"key":"{{Key}}","lease":"123456789"}"""),
        ("00000000000000000000000000000004", "/v3/kv/deleterange", $$"""{"key":"{{Key}}","prev_kv":true}"""),
    ];

    [Fact]
    public async Task Another_queen_answers_a_repeated_write_as_the_leader_did_that_was_killed()
    {
        await using TestCluster cluster = await TestCluster.StartAsync();
        using var http = new HttpClient(ClientHandlers.Create(cluster.Profile.LoadCredentials()));
        string leader = await cluster.LeaderAsync();
        var first = new List<string>();
        foreach ((string id, string path, string body) in Writes) first.Add(await AnswerAsync(http, cluster, leader, path, body, id));
        Assert.Contains("requested lease not found", first[2], StringComparison.Ordinal);

        await cluster.KillAsync(leader);
        string[] others = [.. cluster.Queens.Where(queen => queen != leader)];
        await cluster.LeaderAsync();
        string before = await RevisionAsync(http, cluster, others[0]);
        foreach (string queen in others)
        {
            var again = new List<string>();
            foreach ((string id, string path, string body) in Writes) again.Add(await AnswerAsync(http, cluster, queen, path, body, id));
            Assert.Equal(first, again);
        }
        Assert.Equal(before, await RevisionAsync(http, cluster, others[0]));

        // The one that was killed learns what it missed, and answers alike.
        cluster.Start(leader);
        await cluster.UntilServingAsync(leader);
        foreach (var ((id, path, body), answer) in Writes.Zip(first)) Assert.Equal(answer, await AnswerAsync(http, cluster, leader, path, body, id));
    }

    /// <summary>The revision of a linearizable read of nothing.</summary>
    private static async Task<string> RevisionAsync(HttpClient http, TestCluster cluster, string queen)
    {
        var answer = JsonNode.Parse(await AnswerAsync(http, cluster, queen, "/v3/kv/range", $$"""{"key":"{{Base64("none")}}"}"""))!;
        return (string)answer["header"]!["revision"]!;
    }

    /// <summary>
    /// The answer without who gave it and in which term. Asked again while the queens are between leaders: that is what the id is for, and for a read it is
    /// harmless.
    /// </summary>
    private static async Task<string> AnswerAsync(HttpClient http, TestCluster cluster, string queen, string path, string body, string? id = null)
    {
        string text = "";
        await Tool.EventuallyAsync(async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"https://{cluster.EtcdAddress(queen)}{path}")) { Content = new StringContent(body) };
            if (id is not null) request.Headers.Add(RequestId, id);
            using HttpResponseMessage response = await http.SendAsync(request);
            text = await response.Content.ReadAsStringAsync();
            return (int)response.StatusCode < 500;
        }, $"{queen} answers {path}");
        JsonNode answer = JsonNode.Parse(text)!;
        if (answer["header"] is JsonObject header) foreach (string own in (string[])["member_id", "raft_term"]) header.Remove(own);
        return answer.ToJsonString();
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
