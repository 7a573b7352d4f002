using System.Diagnostics;
using System.Text.Json.Nodes;
using Hive.Api.Tests.Hosting;
using Hive.Store;
using Xunit;

namespace Hive.Api.Tests;

public sealed class WatchTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private async Task<string> SpaceAsync(string name)
    {
        await api.PostAsync("/api/v1/namespaces", $$$"""{"metadata":{"name":"{{{name}}}"}}""");
        return $"/api/v1/namespaces/{name}/configmaps";
    }

    private static string Describe(JsonNode? node) => $"{(string)node!["type"]!} {(string?)node["object"]!["metadata"]!["name"]} {(string?)node["object"]!["metadata"]!["resourceVersion"]}";

    [Fact]
    public async Task Headers_come_at_once_although_nothing_happens()
    {
        string path = await SpaceAsync("quiet");
        var running = Stopwatch.StartNew();
        await using WatchReader watch = await WatchReader.OpenAsync(api.Admin, path + "?watch=true");
        Assert.True(running.Elapsed < TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Changes_come_once_in_order_from_the_version_after_the_list()
    {
        string path = await SpaceAsync("order");
        await api.PostAsync(path, """{"metadata":{"name":"before"}}""");
        string version = (string)(await api.GetAsync(path))["metadata"]!["resourceVersion"]!;
        await using WatchReader watch = await WatchReader.OpenAsync(api.Admin, $"{path}?watch=true&resourceVersion={version}");
        JsonNode made = await api.PostAsync(path, """{"metadata":{"name":"a"}}""");
        JsonNode changed = await api.PutAsync(path + "/a", """{"metadata":{"name":"a"},"data":{"x":"1"}}""");
        await api.DeleteAsync(path + "/a");
        Assert.Equal($"ADDED a {(string?)made["metadata"]!["resourceVersion"]}", Describe(await watch.NextAsync()));
        Assert.Equal($"MODIFIED a {(string?)changed["metadata"]!["resourceVersion"]}", Describe(await watch.NextAsync()));
        JsonNode? gone = await watch.NextAsync();
        Assert.Equal("DELETED", (string?)gone!["type"]);
        Assert.Equal("1", (string?)gone["object"]!["data"]!["x"]);
        Assert.True(long.Parse((string)gone["object"]!["metadata"]!["resourceVersion"]!) > long.Parse((string)changed["metadata"]!["resourceVersion"]!));
    }

    [Fact]
    public async Task Selector_rewrites_what_comes_into_view_and_goes_out_of_it()
    {
        string path = await SpaceAsync("view");
        string version = (string)(await api.GetAsync(path))["metadata"]!["resourceVersion"]!;
        await using WatchReader watch = await WatchReader.OpenAsync(api.Admin, $"{path}?watch=true&labelSelector=see%3Dme&resourceVersion={version}");
        await api.PostAsync(path, """{"metadata":{"name":"a"}}""");
        await api.PutAsync(path + "/a", """{"metadata":{"name":"a","labels":{"see":"me"}}}""");
        await api.PutAsync(path + "/a", """{"metadata":{"name":"a","labels":{"see":"me"}},"data":{"x":"1"}}""");
        JsonNode hidden = await api.PutAsync(path + "/a", """{"metadata":{"name":"a"},"data":{"x":"2"}}""");
        await api.DeleteAsync(path + "/a");
        Assert.Equal("ADDED", (string?)(await watch.NextAsync())!["type"]);
        Assert.Equal("MODIFIED", (string?)(await watch.NextAsync())!["type"]);
        JsonNode? gone = await watch.NextAsync();
        Assert.Equal("DELETED", (string?)gone!["type"]);
        Assert.Equal("1", (string?)gone["object"]!["data"]!["x"]);
        Assert.Equal((string?)hidden["metadata"]!["resourceVersion"], (string?)gone["object"]!["metadata"]!["resourceVersion"]);
    }

    [Fact]
    public async Task Initial_events_end_with_a_bookmark_that_says_so()
    {
        string path = await SpaceAsync("initial");
        await api.PostAsync(path, """{"metadata":{"name":"a"}}""");
        await using WatchReader watch = await WatchReader.OpenAsync(api.Admin, path + "?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
        Assert.Equal("ADDED", (string?)(await watch.NextAsync())!["type"]);
        JsonNode? end = await watch.NextAsync();
        Assert.Equal("BOOKMARK", (string?)end!["type"]);
        Assert.Equal("true", (string?)end["object"]!["metadata"]!["annotations"]!["k8s.io/initial-events-end"]);
    }

    [Fact]
    public async Task Watch_ends_cleanly_at_its_time()
    {
        string path = await SpaceAsync("timed");
        await using WatchReader watch = await WatchReader.OpenAsync(api.Admin, path + "?watch=true&timeoutSeconds=1");
        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task Start_below_the_kept_history_is_an_error_event()
    {
        string path = await SpaceAsync("old");
        await api.PostAsync(path, """{"metadata":{"name":"a"}}""");
        await api.Queen.ProposeAsync(new CompactCommand(api.Queen.Store.Revision), CancellationToken.None);
        await using WatchReader watch = await WatchReader.OpenAsync(api.Admin, path + "?watch=true&resourceVersion=1");
        JsonNode? error = await watch.NextAsync();
        Assert.Equal("ERROR", (string?)error!["type"]);
        Assert.Equal(410, (int)error["object"]!["code"]!);
        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task Table_watch_tells_the_columns_once()
    {
        string path = await SpaceAsync("tables");
        await api.PostAsync(path, """{"metadata":{"name":"a"}}""");
        await api.PostAsync(path, """{"metadata":{"name":"b"}}""");
        await using WatchReader watch = await WatchReader.OpenAsync(api.Admin, path + "?watch=true", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
        JsonNode? first = await watch.NextAsync(), second = await watch.NextAsync();
        Assert.Equal("Name", (string?)first!["object"]!["columnDefinitions"]![0]!["name"]);
        Assert.Null(second!["object"]!["columnDefinitions"]);
        Assert.Equal("b", (string?)second["object"]!["rows"]![0]!["cells"]![0]);
    }
}
