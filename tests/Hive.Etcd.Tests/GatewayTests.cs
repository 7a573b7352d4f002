using System.Net;
using System.Text;
using System.Text.Json;

namespace Hive.Etcd.Tests;

public sealed class GatewayTests : FaceFixture
{
    private async Task<(HttpStatusCode Status, JsonElement Json)> PostAsync(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Http.PostAsync(new Uri(path, UriKind.Relative), content);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return (response.StatusCode, document.RootElement.Clone());
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    [Fact]
    public async Task Put_and_range_speak_base64_and_numbers_as_strings()
    {
        var (status, put) = await PostAsync("/v3/kv/put", $$"""{"key":"{{Base64("foo")}}","value":"{{Base64("bar")}}"}""");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("2", put.GetProperty("header").GetProperty("revision").GetString());
        Assert.False(put.TryGetProperty("prev_kv", out _));

        var (_, range) = await PostAsync("/v3/kv/range", $$"""{"key":"{{Base64("foo")}}","rangeEnd":"{{Base64("fop")}}","limit":"5","an_unknown_field":1}""");
        var pair = range.GetProperty("kvs")[0];
        Assert.Equal(Base64("bar"), pair.GetProperty("value").GetString());
        Assert.Equal("2", pair.GetProperty("create_revision").GetString());
        Assert.Equal("1", range.GetProperty("count").GetString());
        Assert.False(range.TryGetProperty("more", out _));
    }

    [Fact]
    public async Task A_transaction_is_understood_with_names_and_numbers_of_enums()
    {
        var body = $$"""
            {"compare":[{"result":"EQUAL","target":3,"key":"{{Base64("a")}}","value":"{{Base64("x")}}"}],
             "success":[{"request_put":{"key":"{{Base64("b")}}"} }],
             "failure":[{"requestPut":{"key":"{{Base64("c")}}"} }]}
            """;
        var (status, json) = await PostAsync("/v3/kv/txn", body);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.False(json.TryGetProperty("succeeded", out _));
        Assert.Equal("2", json.GetProperty("responses")[0].GetProperty("response_put").GetProperty("header").GetProperty("revision").GetString());
    }

    [Theory]
    [InlineData("/v3/kv/range", "{}", 400, 3, "etcdserver: key is not provided")]
    [InlineData("/v3/lease/revoke", """{"ID":"7"}""", 404, 5, "etcdserver: requested lease not found")]
    [InlineData("/v3/kv/compaction", """{"revision":"70"}""", 400, 11, "etcdserver: mvcc: required revision is a future revision")]
    [InlineData("/v3/election/leader", """{"name":"eA=="}""", 500, 2, "election: no leader")]
    public async Task Refusals_carry_the_http_status_the_code_and_the_text(string path, string body, int status, int code, string text)
    {
        var (actual, json) = await PostAsync(path, body);
        Assert.Equal(status, (int)actual);
        Assert.Equal(code, json.GetProperty("code").GetInt32());
        Assert.Equal(text, json.GetProperty("message").GetString());
        Assert.Equal(text, json.GetProperty("error").GetString());
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("nonsense")]
    [InlineData("""{"key":17}""")]
    [InlineData("""{"key":"***"}""")]
    [InlineData("""{"key":"YQ==","limit":"many"}""")]
    [InlineData("""{"key":{"key":{}}}""")]
    public async Task Bad_json_is_an_invalid_argument(string body)
    {
        var (status, json) = await PostAsync("/v3/kv/range", body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(3, json.GetProperty("code").GetInt32());
        Assert.NotEqual("", json.GetProperty("message").GetString());
    }

    /// <summary>A stream that is refused before its first answer says so as it would later: in the place of a result.</summary>
    [Fact]
    public async Task A_refused_stream_says_so_in_the_place_of_a_result()
    {
        Queen.Refuse = Hive.Queen.QueenCode.NoLeader;
        var (status, json) = await PostAsync("/v3/hive/diff", $$"""{"key":"{{Base64("a")}}"}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        var error = json.GetProperty("error");
        Assert.Equal((14, 503), (error.GetProperty("grpc_code").GetInt32(), error.GetProperty("http_code").GetInt32()));
        Assert.Equal(("etcdserver: no leader", "Service Unavailable"), (error.GetProperty("message").GetString(), error.GetProperty("http_status").GetString()));
    }

    [Fact]
    public async Task A_stream_of_no_requests_has_no_answers()
    {
        using var content = new StringContent("");
        using var response = await Http.PostAsync(new Uri("/v3/lease/keepalive", UriKind.Relative), content);
        Assert.Equal((HttpStatusCode.OK, "application/json", ""), (response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync()));
    }

    [Theory]
    [InlineData("target")]
    [InlineData("result")]
    public async Task A_comparison_of_a_later_version_is_refused(string unknown)
    {
        var (status, json) = await PostAsync("/v3/kv/txn", $$"""{"compare":[{"key":"{{Base64("a")}}","{{unknown}}":9}],"success":[{"request_put":{"key":"{{Base64("a")}}"} }]}""");
        Assert.Equal((HttpStatusCode.BadRequest, 3), (status, json.GetProperty("code").GetInt32()));
        Assert.Equal(Revision.Empty, Queen.Store.Revision);
    }

    [Fact]
    public async Task Unknown_paths_and_other_verbs_are_refused()
    {
        using var content = new StringContent("{}");
        using var unknown = await Http.PostAsync(new Uri("/v3/kv/nothing", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        using var get = await Http.GetAsync(new Uri("/v3/kv/range", UriKind.Relative));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, get.StatusCode);
    }

    [Fact]
    public async Task A_watch_answers_line_by_line()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v3/watch") { Content = new StringContent($$$"""{"create_request":{"key":"{{{Base64("foo")}}}"}}""") };
        using var response = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        using var created = JsonDocument.Parse((await lines.ReadLineAsync())!);
        Assert.True(created.RootElement.GetProperty("result").GetProperty("created").GetBoolean());
        await PutAsync("foo", "bar");
        using var change = JsonDocument.Parse((await lines.ReadLineAsync())!);
        var kv = change.RootElement.GetProperty("result").GetProperty("events")[0].GetProperty("kv");
        Assert.Equal(Base64("bar"), kv.GetProperty("value").GetString());
    }

    [Fact]
    public async Task A_lease_lives_through_the_gateway()
    {
        var (_, granted) = await PostAsync("/v3/lease/grant", """{"TTL":100,"ID":"17"}""");
        Assert.Equal("17", granted.GetProperty("ID").GetString());
        var (_, kept) = await PostAsync("/v3/lease/keepalive", """{"ID":17}""");
        Assert.Equal("100", kept.GetProperty("result").GetProperty("TTL").GetString());
        var (_, left) = await PostAsync("/v3/kv/lease/timetolive", """{"ID":17}""");
        Assert.Equal("100", left.GetProperty("grantedTTL").GetString());
        var (_, list) = await PostAsync("/v3/lease/leases", "");
        Assert.Equal("17", list.GetProperty("leases")[0].GetProperty("ID").GetString());
    }

    /// <summary>A page of any origin may ask: its browser asks first whether it may, and reads the answer only when each says so.</summary>
    [Fact]
    public async Task A_browser_may_call_from_any_page()
    {
        using var ask = new HttpRequestMessage(HttpMethod.Options, "/v3/kv/range");
        ask.Headers.Add("Origin", "https://page.example");
        ask.Headers.Add("Access-Control-Request-Method", "POST");
        ask.Headers.Add("Access-Control-Request-Headers", "content-type,authorization");
        using var may = await Http.SendAsync(ask);
        Assert.Equal(HttpStatusCode.OK, may.StatusCode);
        Assert.Equal("*", Header(may, "Access-Control-Allow-Origin"));
        Assert.Contains("POST", Header(may, "Access-Control-Allow-Methods").Split(", "));
        foreach (var allowed in (string[])["accept", "content-type", "authorization"])
            Assert.Contains(allowed, Header(may, "Access-Control-Allow-Headers").Split(", "));

        foreach (var path in (string[])["/v3/kv/range", "/v3/kv/nothing"])
        {
            using var content = new StringContent("{}");
            using var answer = await Http.PostAsync(new Uri(path, UriKind.Relative), content);
            Assert.Equal("*", Header(answer, "Access-Control-Allow-Origin"));
        }

        static string Header(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();
    }

    [Fact]
    public async Task An_idempotency_id_travels_as_a_header()
    {
        var answers = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v3/kv/put") { Content = new StringContent($$"""{"key":"{{Base64("foo")}}"}""") };
            request.Headers.Add("hive-request-id", "00000000000000000000000000000001");
            using var response = await Http.SendAsync(request);
            using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
            answers.Add(document.RootElement.GetProperty("header").GetProperty("revision").GetString()!);
        }
        Assert.Equal(answers[0], answers[1]);
    }
}
