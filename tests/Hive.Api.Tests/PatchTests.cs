using System.Net;
using System.Text.Json.Nodes;
using Hive.Api.Tests.Hosting;
using Xunit;

namespace Hive.Api.Tests;

public sealed class PatchTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";
    private const string Pods = "/api/v1/namespaces/default/pods";

    private Task MakeAsync(string name) => api.PostAsync(ConfigMaps, $$$"""{"metadata":{"name":"{{{name}}}"},"data":{"a":"1","b":"2"}}""");

    [Fact]
    public async Task Merge_patch_sets_and_removes()
    {
        await MakeAsync("merge");
        JsonNode patched = await api.PatchAsync(ConfigMaps + "/merge", """{"data":{"a":null,"c":"3"}}""");
        Assert.Equal("""{"b":"2","c":"3"}""", patched["data"]!.ToJsonString());
    }

    [Fact]
    public async Task Json_patch_applies_whole_or_not_at_all()
    {
        await MakeAsync("json");
        const string type = "application/json-patch+json";
        await api.PatchAsync(ConfigMaps + "/json", """[{"op":"replace","path":"/data/a","value":"9"},{"op":"test","path":"/data/b","value":"other"}]""", type, HttpStatusCode.UnprocessableEntity);
        await api.PatchAsync(ConfigMaps + "/json", """{"op":"remove"}""", type, HttpStatusCode.BadRequest);
        Assert.Equal("1", (string?)(await api.GetAsync(ConfigMaps + "/json"))["data"]!["a"]);
        JsonNode patched = await api.PatchAsync(ConfigMaps + "/json", """[{"op":"test","path":"/data/b","value":"2"},{"op":"replace","path":"/data/a","value":"9"}]""", type);
        Assert.Equal("9", (string?)patched["data"]!["a"]);
    }

    [Fact]
    public async Task Strategic_patch_merges_lists_by_their_key()
    {
        await api.PostAsync(Pods, """{"metadata":{"name":"strategic"},"spec":{"containers":[{"name":"one","image":"a:1"},{"name":"two","image":"b:1"}]}}""");
        JsonNode patched = await api.PatchAsync(Pods + "/strategic", """{"spec":{"containers":[{"name":"two","image":"b:2"}]}}""", "application/strategic-merge-patch+json");
        Assert.Equal(["a:1", "b:2"], patched["spec"]!["containers"]!.AsArray().Select(container => (string)container!["image"]!));
    }

    [Theory]
    [InlineData("""{"data":""", 400)]
    [InlineData("""{"data":{"a":"\ud800"}}""", 400)]
    [InlineData("""{"data":{"a":1}}""", 422)]
    [InlineData("""{"metadata":{"name":"other"}}""", 400)]
    [InlineData("""{"metadata":{"resourceVersion":"1"}}""", 409)]
    public async Task Broken_patch_is_refused_and_changes_nothing(string body, int code)
    {
        string name = $"broken{code}{body.Length}";
        await MakeAsync(name);
        await api.PatchAsync($"{ConfigMaps}/{name}", body, expected: (HttpStatusCode)code);
        Assert.Equal("""{"a":"1","b":"2"}""", (await api.GetAsync($"{ConfigMaps}/{name}"))["data"]!.ToJsonString());
    }

    [Fact]
    public async Task Patches_at_once_all_take_effect()
    {
        await MakeAsync("crowd");
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => api.PatchAsync(ConfigMaps + "/crowd", $$$"""{"data":{"k{{{i}}}":"v"}}""")));
        Assert.Equal(12, (await api.GetAsync(ConfigMaps + "/crowd"))["data"]!.AsObject().Count);
    }

    [Fact]
    public async Task Unknown_field_of_a_patch_is_refused_when_strict()
    {
        await MakeAsync("strict-patch");
        JsonNode status = await api.PatchAsync(ConfigMaps + "/strict-patch?fieldValidation=Strict", """{"bogus":1}""", expected: HttpStatusCode.BadRequest);
        Assert.Contains("unknown field \"bogus\"", (string?)status["message"], StringComparison.Ordinal);
    }
}
