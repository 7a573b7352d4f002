using System.Net;
using System.Text.Json.Nodes;
using Hive.Api.Tests.Hosting;
using Xunit;

namespace Hive.Api.Tests;

public sealed class ServiceAddressTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Services = "/api/v1/namespaces/default/services";

    private static string Body(string name, string more = "") => $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"ports":[{"port":80}]{{{more}}}}}""";

    [Fact]
    public async Task Services_made_at_once_never_share_an_address_or_a_port()
    {
        JsonNode[] made = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => api.PostAsync(Services, Body($"many{i}", ",\"type\":\"NodePort\""))));
        Assert.Equal(12, made.Select(service => (string)service["spec"]!["clusterIP"]!).Distinct().Count());
        Assert.Equal(12, made.Select(service => (int)service["spec"]!["ports"]![0]!["nodePort"]!).Distinct().Count());
        Assert.All(made, service => Assert.StartsWith("10.43.", (string?)service["spec"]!["clusterIP"], StringComparison.Ordinal));
        Assert.All(made, service => Assert.InRange((int)service["spec"]!["ports"]![0]!["nodePort"]!, 30_000, 32_767));
    }

    [Fact]
    public async Task Address_that_is_taken_or_out_of_range_is_invalid()
    {
        await api.PostAsync(Services, Body("fixed", ",\"clusterIP\":\"10.43.7.7\""));
        JsonNode taken = await api.PostAsync(Services, Body("other", ",\"clusterIP\":\"10.43.7.7\""), HttpStatusCode.UnprocessableEntity);
        Assert.Contains("provided IP is already allocated", (string?)taken["message"], StringComparison.Ordinal);
        await api.PostAsync(Services, Body("outside", ",\"clusterIP\":\"10.99.0.1\""), HttpStatusCode.UnprocessableEntity);
        await api.DeleteAsync(Services + "/fixed");
        await api.PostAsync(Services, Body("other", ",\"clusterIP\":\"10.43.7.7\""));
    }

    [Fact]
    public async Task Update_keeps_what_it_does_not_name_and_gives_back_what_it_has_no_use_for()
    {
        JsonNode made = await api.PostAsync(Services, Body("kept", ",\"type\":\"NodePort\""));
        JsonNode updated = await api.PutAsync(Services + "/kept", Body("kept", ",\"type\":\"NodePort\",\"selector\":{\"a\":\"b\"}"));
        Assert.Equal((string?)made["spec"]!["clusterIP"], (string?)updated["spec"]!["clusterIP"]);
        Assert.Equal((int)made["spec"]!["ports"]![0]!["nodePort"]!, (int)updated["spec"]!["ports"]![0]!["nodePort"]!);
        JsonNode plain = await api.PutAsync(Services + "/kept", Body("kept"));
        Assert.Null(plain["spec"]!["ports"]![0]!["nodePort"]);
    }

    [Fact]
    public async Task Headless_service_has_no_address()
    {
        JsonNode made = await api.PostAsync(Services, Body("headless", ",\"clusterIP\":\"None\""));
        Assert.Equal("None", (string?)made["spec"]!["clusterIP"]);
    }
}
