using System.Net;
using System.Text.Json.Nodes;
using Hive.Api.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Xunit;

namespace Hive.Api.Tests;

public sealed class TaskTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Queen_takes_no_task_itself()
    {
        JsonNode answer = await ApiFixture.SendAsync(api.Client(scheme: "http"), HttpMethod.Post, "/do_task", """{"text":"hello"}""", HttpStatusCode.BadRequest);
        Assert.Equal("in queen mode, not taking tasks", (string?)answer["reason"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"text":""}""")]
    [InlineData("""{"text":7}""")]
    [InlineData("hello")]
    public async Task Task_without_a_text_is_a_bad_request(string body)
    {
        JsonNode answer = await ApiFixture.SendAsync(api.Client(scheme: "http"), HttpMethod.Post, "/submit_task", body, HttpStatusCode.BadRequest);
        Assert.Equal("ERROR", (string?)answer["result"]);
        Assert.NotEqual("", (string?)answer["reason"]);
    }

    [Fact]
    public async Task Task_is_done_by_a_live_drone_and_the_answer_says_by_which()
    {
        var seen = new List<string>();
        await using WebApplication drone = await StartDroneAsync("worker", seen);
        int port = new Uri(drone.Urls.First()).Port;
        HttpClient own = api.Client(api.Authority.Issue("system:node:worker", "system:nodes"));
        JsonNode node = await ApiFixture.SendAsync(own, HttpMethod.Post, "/api/v1/nodes",
            new JsonObject
            {
                ["metadata"] = new JsonObject { ["name"] = "worker" },
                ["status"] = JsonNode.Parse($$$"""{"addresses":[{"type":"InternalIP","address":"127.0.0.1"}],"daemonEndpoints":{"kubeletEndpoint":{"Port":{{{port}}} } } }"""),
            }.ToJsonString(), HttpStatusCode.Created);
        await ApiFixture.SendAsync(own, HttpMethod.Post, "/hive/v1/drones/worker/session", $$"""{"nodeUid":"{{(string)node["metadata"]!["uid"]!}}","bootId":"b"}""");
        JsonNode done = await ApiFixture.SendAsync(api.Client(scheme: "http"), HttpMethod.Post, "/submit_task", """{"text":"hello"}""");
        Assert.Equal("OK", (string?)done["result"]);
        Assert.Equal("worker", (string?)done["drone"]);
        string shown = Assert.Single(seen);
        Assert.Equal("hello", (string?)JsonNode.Parse(shown)!["text"]);
        Assert.Equal((string?)done["task"], (string?)JsonNode.Parse(shown)!["id"]);
    }

    /// <summary>A drone's door for tasks: shows the node's certificate, wants a queen's.</summary>
    private async Task<WebApplication> StartDroneAsync(string node, List<string> seen)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var certificate = api.Authority.Issue($"system:node:{node}", "system:nodes");
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = certificate;
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (shown, _, _) => shown.Subject.Contains("hive:queens", StringComparison.Ordinal);
        })));
        WebApplication application = builder.Build();
        application.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            seen.Add(await reader.ReadToEndAsync());
            await context.Response.WriteAsync("""{"result":"OK"}""");
        });
        await application.StartAsync();
        return application;
    }
}
