using System.Net;
using Hive.Queen;

namespace Hive.Etcd.Tests;

public sealed class PageTests : FaceFixture
{
    private async Task<(HttpStatusCode Status, string? Type, string Text)> GetAsync(string path)
    {
        using var response = await Http.GetAsync(new Uri(path, UriKind.Relative));
        return (response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Health_follows_the_leader()
    {
        Assert.Equal((HttpStatusCode.OK, "text/plain", """{"health":"true","reason":""}"""), await GetAsync("/health"));
        Queen.Leader = MemberId.None;
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "text/plain", """{"health":"false","reason":"RAFT NO LEADER"}"""), await GetAsync("/health"));
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/health?serializable=true")).Status);
    }

    [Fact]
    public async Task Ready_names_the_check_that_failed_and_live_does_not_need_a_leader()
    {
        Assert.Equal("ok\n", (await GetAsync("/readyz")).Text);
        Queen.Refuse = QueenCode.TimedOut;
        var (status, _, text) = await GetAsync("/readyz?verbose");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("[-]linearizable_read failed: QGET ERROR:etcdserver: request timed out", text, StringComparison.Ordinal);
        Assert.Contains("[+]serializable_read ok", text, StringComparison.Ordinal);
        Assert.Equal("ok\n", (await GetAsync("/readyz?exclude=linearizable_read")).Text);
        Assert.Equal("ok\n", (await GetAsync("/readyz/non_learner")).Text);
        Assert.Equal("ok\n", (await GetAsync("/livez")).Text);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync("/livez/nothing")).Status);
    }

    [Fact]
    public async Task Version_and_unknown_pages()
    {
        var version = await GetAsync("/version");
        Assert.Equal("application/json", version.Type);
        Assert.Contains("\"etcdserver\":\"3.5.21\",\"etcdcluster\":\"3.5.0\"", version.Text, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.NotFound, "404 page not found\n"), ((await GetAsync("/")).Status, (await GetAsync("/nothing")).Text));
        using var content = new StringContent("");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await Http.PostAsync(new Uri("/health", UriKind.Relative), content)).StatusCode);
    }

    [Fact]
    public async Task Metrics_use_the_names_of_etcd_and_count_calls()
    {
        await PutAsync("a", "1");
        await PutAsync("", "1");
        var text = (await GetAsync("/metrics")).Text;
        Assert.Contains("\netcd_server_has_leader 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\netcd_server_is_leader 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\netcd_debugging_mvcc_current_revision 2\n", text, StringComparison.Ordinal);
        Assert.Contains("etcd_mvcc_db_total_size_in_bytes ", text, StringComparison.Ordinal);
        Assert.Matches(@"\ndotnet_gc_pause_time_seconds_total \d", text);
        Assert.Matches(@"\ndotnet_gc_collections_total\{gc_heap_generation=""gen2""\} \d+\n", text);
        Assert.Contains("""grpc_server_handled_total{grpc_code="OK",grpc_method="Put",grpc_service="etcdserverpb.KV",grpc_type="unary"} 1""", text, StringComparison.Ordinal);
        Assert.Contains("""grpc_server_handled_total{grpc_code="InvalidArgument",grpc_method="Put",grpc_service="etcdserverpb.KV",grpc_type="unary"} 1""", text, StringComparison.Ordinal);
    }
}
