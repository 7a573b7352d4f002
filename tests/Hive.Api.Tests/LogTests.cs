using System.Net;
using System.Text.Json.Nodes;
using Hive.Api.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Hive.Api.Tests;

public sealed class LogTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Pods = "/api/v1/namespaces/default/pods";

    private async Task<WebApplication> StartAsync(string node, string shown, RequestDelegate serve)
    {
        WebApplication drone = await DroneDoor.StartAsync(api.Authority, shown, serve);
        await api.PostAsync("/api/v1/nodes", DroneDoor.NodeBody(node, drone));
        return drone;
    }

    [Fact]
    public async Task Log_is_streamed_from_the_drone_with_its_options()
    {
        await using WebApplication drone = await StartAsync("logs", "logs", context => context.Response.WriteAsync($"{context.Request.Path}{context.Request.QueryString}\n"));
        await api.PostAsync(Pods, """{"metadata":{"name":"talks"},"spec":{"nodeName":"logs","containers":[{"name":"c","image":"i"},{"name":"d","image":"i"}]}}""");
        await api.PatchAsync(Pods + "/talks/status", """{"status":{"phase":"Running"}}""");
        JsonNode text = await api.GetAsync(Pods + "/talks/log?container=d&tailLines=5&timestamps=true");
        Assert.Equal("/containerLogs/default/talks/d?tailLines=5&timestamps=true\n", text.ToString());
        JsonNode unnamed = await api.GetAsync(Pods + "/talks/log", HttpStatusCode.BadRequest);
        Assert.Equal("a container name must be specified for pod talks, choose one of: [c d]", (string?)unnamed["message"]);
        JsonNode wrong = await api.GetAsync(Pods + "/talks/log?container=zz", HttpStatusCode.BadRequest);
        Assert.Equal("container zz is not valid for pod talks", (string?)wrong["message"]);
        await api.GetAsync(Pods + "/talks/log?container=c&tailLines=-5", HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task Door_that_is_not_the_nodes_own_is_not_talked_to()
    {
        bool called = false;
        await using WebApplication other = await StartAsync("real", "impostor", _ =>
        {
            called = true;
            return Task.CompletedTask;
        });
        await api.PostAsync(Pods, """{"metadata":{"name":"trusting"},"spec":{"nodeName":"real","containers":[{"name":"c","image":"i"}]}}""");
        await api.PatchAsync(Pods + "/trusting/status", """{"status":{"phase":"Running"}}""");
        await api.GetAsync(Pods + "/trusting/log", HttpStatusCode.ServiceUnavailable);
        Assert.False(called);
    }
}
