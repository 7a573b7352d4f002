using System.Net;
using System.Text.Json.Nodes;
using Hive.Api.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
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
        await using WebApplication drone = await DroneDoor.StartAsync(api.Authority, "worker", async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            seen.Add(await reader.ReadToEndAsync());
            await context.Response.WriteAsync("""{"result":"OK"}""");
        });
        HttpClient own = api.Client(api.Authority.Issue("system:node:worker", "system:nodes"));
        JsonNode node = await ApiFixture.SendAsync(own, HttpMethod.Post, "/api/v1/nodes", DroneDoor.NodeBody("worker", drone), HttpStatusCode.Created);
        await ApiFixture.SendAsync(own, HttpMethod.Post, "/hive/v1/drones/worker/session", $$"""{"nodeUid":"{{(string)node["metadata"]!["uid"]!}}","bootId":"b"}""");
        JsonNode done = await ApiFixture.SendAsync(api.Client(scheme: "http"), HttpMethod.Post, "/submit_task", """{"text":"hello"}""");
        Assert.Equal("OK", (string?)done["result"]);
        Assert.Equal("worker", (string?)done["drone"]);
        string shown = Assert.Single(seen);
        Assert.Equal("hello", (string?)JsonNode.Parse(shown)!["text"]);
        Assert.Equal((string?)done["task"], (string?)JsonNode.Parse(shown)!["id"]);
    }
}
