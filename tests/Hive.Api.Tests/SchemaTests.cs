using System.Net;
using System.Text.Json.Nodes;
using Hive.Api.Tests.Hosting;
using Xunit;

namespace Hive.Api.Tests;

/// <summary>Discovery and OpenAPI: what clients learn before their first request.</summary>
public sealed class SchemaTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

    [Fact]
    public async Task Aggregated_discovery_is_told_by_its_content_type_and_kept_by_its_tag()
    {
        using var first = new HttpRequestMessage(HttpMethod.Get, "/apis");
        first.Headers.TryAddWithoutValidation("Accept", Aggregated);
        using HttpResponseMessage answer = await api.Admin.SendAsync(first);
        Assert.Equal("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", answer.Content.Headers.GetValues("Content-Type").Single().Replace(" ", "", StringComparison.Ordinal));
        using var again = new HttpRequestMessage(HttpMethod.Get, "/apis");
        again.Headers.TryAddWithoutValidation("Accept", Aggregated);
        again.Headers.IfNoneMatch.Add(answer.Headers.ETag!);
        using HttpResponseMessage same = await api.Admin.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
    }

    [Fact]
    public async Task Older_clients_go_step_by_step()
    {
        Assert.Equal("APIVersions", (string?)(await api.GetAsync("/api"))["kind"]);
        Assert.Equal("APIGroupList", (string?)(await api.GetAsync("/apis"))["kind"]);
        JsonNode core = await api.GetAsync("/api/v1");
        Assert.Contains(core["resources"]!.AsArray(), resource => (string?)resource!["name"] == "pods/eviction" && (string?)resource["group"] == "policy");
        Assert.Equal("deployments", (string?)(await api.GetAsync("/apis/apps/v1"))["resources"]![0]!["name"]);
    }

    [Fact]
    public async Task Version_three_documents_are_found_through_the_index_and_stale_hashes_are_redirected()
    {
        JsonNode index = await api.GetAsync("/openapi/v3");
        string url = (string)index["paths"]!["apis/apps/v1"]!["serverRelativeURL"]!;
        using HttpResponseMessage document = await api.Admin.GetAsync(url);
        Assert.Equal(HttpStatusCode.OK, document.StatusCode);
        Assert.True(document.Headers.CacheControl!.Public);
        using HttpResponseMessage moved = await api.Admin.GetAsync("/openapi/v3/apis/apps/v1?hash=OLD");
        Assert.EndsWith(url, moved.RequestMessage!.RequestUri!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_two_is_served_in_a_type_that_old_clients_can_parse_and_compressed()
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, "/openapi/v2");
        message.Headers.TryAddWithoutValidation("Accept", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf");
        message.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
        using HttpResponseMessage answer = await api.Admin.SendAsync(message);
        Assert.Equal("application/octet-stream", answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains("gzip", answer.Content.Headers.ContentEncoding);
        Assert.NotNull(answer.Headers.ETag);
    }
}
