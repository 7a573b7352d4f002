using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Hive.Api.Tests.Hosting;
using Xunit;

namespace Hive.Api.Tests;

/// <summary>Bad input gets a precise refusal in the words that clients know; never a 500, and nothing is lost.</summary>
public sealed class ErrorTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    [Theory]
    [InlineData("""{"metadata":""", "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input ({\"metadata\":)")]
    [InlineData("""{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"c"},"data":{"a":1}}""", "json: cannot unmarshal number into Go struct field ConfigMap.data of type string")]
    [InlineData("""{"kind":"Secret","apiVersion":"v1","metadata":{"name":"c"}}""", "Secret in version \"v1\" cannot be handled as a ConfigMap")]
    [InlineData("""{"metadata":{"name":"c","namespace":"other"}}""", "the namespace of the provided object does not match the namespace sent on the request")]
    [InlineData("""{"metadata":{"name":"c","resourceVersion":"5"}}""", "resourceVersion should not be set on objects to be created")]
    public async Task Broken_body_is_a_bad_request(string body, string message)
    {
        JsonNode status = await api.PostAsync(ConfigMaps, body, HttpStatusCode.BadRequest);
        Assert.Equal("BadRequest", (string?)status["reason"]);
        Assert.Contains(message, (string?)status["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_field_is_refused_when_strict_and_warned_of_otherwise()
    {
        const string body = """{"metadata":{"name":"strict"},"bogus":1}""";
        JsonNode status = await api.PostAsync(ConfigMaps + "?fieldValidation=Strict", body, HttpStatusCode.BadRequest);
        Assert.EndsWith("strict decoding error: unknown field \"bogus\"", (string?)status["message"], StringComparison.Ordinal);
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage warned = await api.Admin.PostAsync(ConfigMaps + "?fieldValidation=Warn&dryRun=All", content);
        Assert.Equal(HttpStatusCode.Created, warned.StatusCode);
        Assert.Contains("299 - \"unknown field \\\"bogus\\\"\"", warned.Headers.GetValues("Warning"));
    }

    [Theory]
    [InlineData("?limit=abc", 400, "strconv.ParseInt: parsing \"abc\": invalid syntax")]
    [InlineData("?resourceVersion=abc", 400, "resourceVersion: Invalid value: \"abc\"")]
    [InlineData("?continue=%2A%2A", 400, "continue key is not valid")]
    [InlineData("?continue=e30", 400, "continue key is not valid")]
    [InlineData("?labelSelector=a%20b", 400, "unable to parse requirement")]
    [InlineData("?fieldSelector=abc", 400, "invalid selector: 'abc'; can't understand 'abc'")]
    [InlineData("?fieldSelector=data.foo%3D1", 400, "\"data.foo\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")]
    [InlineData("?resourceVersionMatch=Exact", 422, "resourceVersionMatch is forbidden unless resourceVersion is provided")]
    [InlineData("?resourceVersion=1&resourceVersionMatch=Foo", 422, "supported values: \"Exact\", \"NotOlderThan\"")]
    [InlineData("?watch=true&resourceVersion=x", 400, "resourceVersion: Invalid value: \"x\"")]
    public async Task Bad_list_options_are_named(string query, int code, string message)
    {
        JsonNode status = await api.GetAsync(ConfigMaps + query, (HttpStatusCode)code);
        Assert.Contains(message, (string?)status["message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/v1/namespaces/default/nonsense", 404, "the server could not find the requested resource")]
    [InlineData("/apis/apps/v7/deployments", 404, "the server could not find the requested resource")]
    [InlineData("/apis/nope.io/v1", 404, "404 page not found")]
    [InlineData("/api/v1/namespaces/default/pods/nope", 404, "pods \"nope\" not found")]
    [InlineData("/apis/apps/v1/namespaces/default/deployments/nope", 404, "deployments.apps \"nope\" not found")]
    public async Task What_is_not_there_is_named(string path, int code, string message)
    {
        JsonNode answer = await api.GetAsync(path, (HttpStatusCode)code);
        Assert.Contains(message, answer is JsonObject ? (string?)answer["message"] : answer.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Oversized_body_is_refused_with_413()
    {
        string big = new('x', 3 * 1024 * 1024);
        JsonNode status = await api.PostAsync(ConfigMaps, $$$"""{"metadata":{"name":"big"},"data":{"a":"{{{big}}}"}}""", HttpStatusCode.RequestEntityTooLarge);
        Assert.Equal("Request entity too large: limit is 3145728", (string?)status["message"]);
    }

    [Fact]
    public async Task Names_that_are_missing_bad_or_taken_are_refused()
    {
        JsonNode missing = await api.PostAsync(ConfigMaps, "{}", HttpStatusCode.UnprocessableEntity);
        Assert.Equal("ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required", (string?)missing["message"]);
        JsonNode bad = await api.PostAsync(ConfigMaps, """{"metadata":{"name":"Bad_Name"}}""", HttpStatusCode.UnprocessableEntity);
        Assert.Equal("FieldValueInvalid", (string?)bad["details"]!["causes"]![0]!["reason"]);
        await api.PostAsync(ConfigMaps, """{"metadata":{"name":"taken"}}""");
        JsonNode taken = await api.PostAsync(ConfigMaps, """{"metadata":{"name":"taken"}}""", HttpStatusCode.Conflict);
        Assert.Equal("configmaps \"taken\" already exists", (string?)taken["message"]);
        Assert.Equal("AlreadyExists", (string?)taken["reason"]);
    }

    [Fact]
    public async Task Creating_in_a_namespace_that_is_not_there_is_not_found()
    {
        JsonNode status = await api.PostAsync("/api/v1/namespaces/nons/configmaps", """{"metadata":{"name":"c"}}""", HttpStatusCode.NotFound);
        Assert.Equal("namespaces \"nons\" not found", (string?)status["message"]);
    }

    [Fact]
    public async Task Stale_version_and_other_uid_are_conflicts()
    {
        JsonNode made = await api.PostAsync(ConfigMaps, """{"metadata":{"name":"stale"}}""");
        string version = (string)made["metadata"]!["resourceVersion"]!;
        await api.PutAsync(ConfigMaps + "/stale", """{"metadata":{"name":"stale"},"data":{"a":"1"}}""");
        JsonNode status = await api.PutAsync(ConfigMaps + "/stale", $$$"""{"metadata":{"name":"stale","resourceVersion":"{{{version}}}"},"data":{"a":"2"}}""", HttpStatusCode.Conflict);
        Assert.Equal("Operation cannot be fulfilled on configmaps \"stale\": the object has been modified; please apply your changes to the latest version and try again", (string?)status["message"]);
        JsonNode uid = await api.DeleteAsync(ConfigMaps + "/stale", """{"preconditions":{"uid":"bad-uid"}}""", HttpStatusCode.Conflict);
        Assert.Contains("the UID in the precondition (bad-uid) does not match the UID in record", (string?)uid["message"], StringComparison.Ordinal);
        Assert.Equal("1", (string?)(await api.GetAsync(ConfigMaps + "/stale"))["data"]!["a"]);
    }

    [Fact]
    public async Task Media_types_that_are_not_served_are_406_and_415()
    {
        JsonNode notAcceptable = await api.GetAsync(ConfigMaps, HttpStatusCode.NotAcceptable, accept: "application/xml");
        Assert.Equal("NotAcceptable", (string?)notAcceptable["reason"]);
        await api.GetAsync(ConfigMaps, HttpStatusCode.NotAcceptable, accept: "application/json;as=Table;v=v9;g=meta.k8s.io");
        JsonNode unsupported = await api.PostAsync(ConfigMaps, "<a/>", HttpStatusCode.UnsupportedMediaType, "text/xml");
        Assert.StartsWith("the body of the request was in an unknown format", (string?)unsupported["message"], StringComparison.Ordinal);
        await api.PatchAsync(ConfigMaps + "/x", "{}", "application/json", HttpStatusCode.UnsupportedMediaType);
        await api.PostAsync(ConfigMaps, """{"metadata":{"name":"no-type"}}""", HttpStatusCode.Created, "");
    }

    [Fact]
    public async Task Methods_that_do_not_fit_are_405()
    {
        JsonNode status = await ApiFixture.SendAsync(api.Admin, HttpMethod.Delete, "/api/v1/namespaces", null, HttpStatusCode.MethodNotAllowed);
        Assert.Equal("the server does not allow this method on the requested resource", (string?)status["message"]);
        await api.PostAsync(ConfigMaps + "/x", "{}", HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task Protobuf_that_is_cut_short_is_a_bad_request()
    {
        foreach (byte[] body in (byte[][])[[], [0x6b, 0x38, 0x73], [0x6b, 0x38, 0x73, 0, 0x12, 0x7f, 1], [.. Enumerable.Repeat((byte)0xff, 40)]])
        {
            using var content = new ByteArrayContent(body);
            content.Headers.TryAddWithoutValidation("Content-Type", "application/vnd.kubernetes.protobuf");
            using HttpResponseMessage answer = await api.Admin.PostAsync(ConfigMaps, content);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("a: [1, 2")]
    [InlineData("metadata: {name: c}\nmetadata: {name: d}")]
    [InlineData("a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]")]
    public async Task Yaml_that_is_broken_or_explodes_is_a_bad_request(string yaml)
    {
        JsonNode status = await api.PostAsync(ConfigMaps, yaml, HttpStatusCode.BadRequest, "application/yaml");
        Assert.Contains("error converting YAML to JSON", (string?)status["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Protected_namespaces_may_not_be_deleted()
    {
        JsonNode status = await api.DeleteAsync("/api/v1/namespaces/default", null, HttpStatusCode.Forbidden);
        Assert.Equal("namespaces \"default\" is forbidden: this namespace may not be deleted", (string?)status["message"]);
    }
}
