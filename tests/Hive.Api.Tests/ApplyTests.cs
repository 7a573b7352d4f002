using System.Net;
using System.Text.Json.Nodes;
using Hive.Api.Tests.Hosting;
using Xunit;

namespace Hive.Api.Tests;

/// <summary>Server-side apply over HTTP.</summary>
public sealed class ApplyTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    private Task<JsonNode> ApplyAsync(string name, string manager, string data, HttpStatusCode expected = HttpStatusCode.OK, string more = "") =>
        api.PatchAsync($"{ConfigMaps}/{name}?fieldManager={manager}{more}", $"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {data}\n", "application/apply-patch+yaml", expected);

    [Fact]
    public async Task Apply_creates_then_merges_and_removes_what_it_no_longer_sets()
    {
        JsonNode made = await ApplyAsync("applied", "alice", "{a: \"1\", b: \"1\"}", HttpStatusCode.Created);
        Assert.Equal("alice", (string?)made["metadata"]!["managedFields"]![0]!["manager"]);
        JsonNode same = await ApplyAsync("applied", "alice", "{a: \"1\", b: \"1\"}");
        Assert.Equal((string?)made["metadata"]!["resourceVersion"], (string?)same["metadata"]!["resourceVersion"]);
        JsonNode less = await ApplyAsync("applied", "alice", "{a: \"2\"}");
        Assert.Equal("""{"a":"2"}""", less["data"]!.ToJsonString());
    }

    [Fact]
    public async Task What_another_wrote_is_a_conflict_until_it_is_forced()
    {
        await ApplyAsync("shared", "alice", "{a: \"1\"}", HttpStatusCode.Created);
        await api.PatchAsync(ConfigMaps + "/shared?fieldManager=bob", """{"data":{"a":"2"}}""");
        JsonNode refused = await ApplyAsync("shared", "alice", "{a: \"3\"}", HttpStatusCode.Conflict);
        Assert.Equal("FieldManagerConflict", (string?)refused["details"]!["causes"]![0]!["reason"]);
        JsonNode forced = await ApplyAsync("shared", "alice", "{a: \"3\"}", HttpStatusCode.OK, "&force=true");
        Assert.Equal("3", (string?)forced["data"]!["a"]);
    }

    [Fact]
    public async Task Apply_without_a_manager_or_with_a_broken_body_is_refused()
    {
        await api.PatchAsync(ConfigMaps + "/x", "{}", "application/apply-patch+yaml", HttpStatusCode.UnprocessableEntity);
        await api.PatchAsync(ConfigMaps + "/x?fieldManager=m", "a: [", "application/apply-patch+yaml", HttpStatusCode.BadRequest);
        await api.PatchAsync(ConfigMaps + "/x?fieldManager=m", "[]", "application/apply-patch+yaml", HttpStatusCode.BadRequest);
        await api.PatchAsync(ConfigMaps + "/x?fieldManager=m", "kind: Secret\napiVersion: v1", "application/apply-patch+yaml", HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("""{"bad":{}}""")]
    [InlineData("""{"f:a":{},"f:a":{}}""")]
    [InlineData("""{"k:nonsense":{}}""")]
    public async Task Owners_that_cannot_be_read_are_refused(string fields)
    {
        string name = $"owners{fields.Length}";
        await api.PostAsync(ConfigMaps, $$$"""{"metadata":{"name":"{{{name}}}"}}""");
        string body = """{"metadata":{"managedFields":[{"manager":"m","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":FIELDS}]}}""".Replace("FIELDS", fields, StringComparison.Ordinal);
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/merge-patch+json");
        using HttpResponseMessage answer = await api.Admin.PatchAsync($"{ConfigMaps}/{name}", content);
        Assert.InRange((int)answer.StatusCode, 400, 499);
        await api.GetAsync($"{ConfigMaps}/{name}");
    }

    [Fact]
    public async Task Warning_that_quotes_unprintable_bytes_is_made_printable()
    {
        using var content = new StringContent("""{"metadata":{"name":"warned"},"b\u0016d\u00e9":1}""", System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await api.Admin.PostAsync(ConfigMaps + "?fieldValidation=Warn", content);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Contains("299 - \"unknown field \\\"b?d?\\\"\"", answer.Headers.GetValues("Warning"));
    }
}
