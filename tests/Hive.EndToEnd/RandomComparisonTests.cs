using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Hive.EndToEnd.World;
using Xunit;

namespace Hive.EndToEnd;

/// <summary>
/// Random reads, writes, transactions, compactions and leases, given to a queen and to etcd one after the other, both new: every answer must be the same to the letter, revisions
/// included, but for the ids in its header.
/// </summary>
public sealed partial class RandomComparisonTests
{
    private const int Requests = 2_000;

    /// <summary>HIVE_COMPARISON_SEEDS=from-to asks what other seeds make than the usual ones.</summary>
    [Fact]
    public async Task Whatever_is_asked_is_answered_as_etcd_answers_it()
    {
        int[] range = [.. (Environment.GetEnvironmentVariable("HIVE_COMPARISON_SEEDS") ?? "1-2").Split('-').Select(int.Parse)];
        var differences = new List<string>();
        for (int seed = range[0]; seed <= range[1]; seed++)
        {
            if (await FindDifferenceAsync(seed) is { } difference) differences.Add(difference);
        }
        Assert.True(differences.Count == 0, string.Join("\n\n", differences));
    }

    private static async Task<string?> FindDifferenceAsync(int seed)
    {
        await using PlainMember hive = await PlainMember.StartAsync();
        await using EtcdProcess etcd = await EtcdProcess.StartAsync();
        using var ours = new HttpClient { BaseAddress = new Uri(hive.Address) };
        using var theirs = new HttpClient { BaseAddress = new Uri(etcd.Client.Endpoint) };
        var random = new RandomRequests(seed);
        for (int i = 0; i < Requests; i++)
        {
            (string path, string body) = random.Next();
            string expected = await AskAsync(theirs, path, body), actual = await AskAsync(ours, path, body);
            if (expected != actual) return $"request {i} of seed {seed}: {path} {body}\n--- etcd\n{expected}\n--- hive\n{actual}";
            random.Revision = RevisionOf(expected) ?? random.Revision;
        }
        return null;
    }

    private static async Task<string> AskAsync(HttpClient gateway, string path, string body)
    {
        using var content = new StringContent(body);
        using HttpResponseMessage response = await gateway.PostAsync(new Uri($"/v3/{path}", UriKind.Relative), content);
        // Gateways after 3.4's say 400 where 3.4's said 412.
        int status = (int)response.StatusCode == 412 ? 400 : (int)response.StatusCode;
        return $"{status} {Ids().Replace(await response.Content.ReadAsStringAsync(), "")}";
    }

    private static long? RevisionOf(string answer) =>
        JsonNode.Parse(answer[(answer.IndexOf(' ', StringComparison.Ordinal) + 1)..])?["header"]?["revision"] is { } revision ? long.Parse((string)revision!, System.Globalization.CultureInfo.InvariantCulture) : null;

    [GeneratedRegex("\"(cluster_id|member_id)\":\"[0-9]+\",?|,?\"raft_term\":\"[0-9]+\"")]
    private static partial Regex Ids();
}
