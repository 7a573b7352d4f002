using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Hive.Client.Connections;
using Hive.Client.Etcd;
using Hive.Client.Kubernetes;
using Xunit;

namespace Hive.Client.Tests;

/// <summary>Fail-over: reads are repeated freely, writes only where they certainly did not take effect.</summary>
public sealed class QueenPoolTests
{
    private static readonly Uri[] Queens = [new("https://one"), new("https://two"), new("https://three")];

    [Fact]
    public async Task A_queen_that_cannot_be_connected_is_passed_over_for_reads_and_writes()
    {
        var network = new Network(request => request.RequestUri!.Host == "one" ? throw Broken(HttpRequestError.ConnectionError) : Json("{}"));
        using var client = new KubernetesClient(new QueenPool(Queens, network));

        Assert.True((await client.GetAsync("/api/v1/pods", CancellationToken.None)).Ok);
        network.Asked.Clear();
        using var other = new KubernetesClient(new QueenPool(Queens, network));
        Assert.True((await other.CreateAsync("/api/v1/pods", [], CancellationToken.None)).Ok);
        Assert.Equal(["POST one", "POST two"], network.Asked);
    }

    [Fact]
    public async Task A_write_whose_connection_breaks_is_not_repeated_and_its_fate_is_told()
    {
        var network = new Network(_ => throw Broken(HttpRequestError.ResponseEnded));
        using var client = new KubernetesClient(new QueenPool(Queens, network));

        ApiAnswer answer = await client.CreateAsync("/api/v1/pods", [], CancellationToken.None);

        Assert.Equal(Fate.Unknown, answer.Fate);
        Assert.Equal(["POST one"], network.Asked);
        Assert.Contains("may or may not", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_whose_connection_breaks_is_repeated_at_the_next_queen()
    {
        var network = new Network(request => request.RequestUri!.Host == "one" ? throw Broken(HttpRequestError.ResponseEnded) : Json("""{"kind":"PodList"}"""));
        using var client = new KubernetesClient(new QueenPool(Queens, network));

        Assert.True((await client.GetAsync("/api/v1/pods", CancellationToken.None)).Ok);
        Assert.Equal(["GET one", "GET two"], network.Asked);
    }

    [Fact]
    public async Task A_refusal_with_retry_after_is_a_promise_that_nothing_was_done_and_is_taken_elsewhere()
    {
        var network = new Network(request =>
        {
            if (request.RequestUri!.Host != "one") return Json("{}");
            var refusal = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
            refusal.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(1));
            return refusal;
        });
        using var client = new KubernetesClient(new QueenPool(Queens, network));

        Assert.True((await client.CreateAsync("/api/v1/pods", [], CancellationToken.None)).Ok);
        Assert.Equal(["POST one", "POST two"], network.Asked);
    }

    [Fact]
    public async Task A_watch_resumes_at_the_last_revision_and_lists_anew_after_compaction()
    {
        int watches = 0;
        var network = new Network(request =>
        {
            string query = request.RequestUri!.Query;
            if (!query.Contains("watch=true", StringComparison.Ordinal)) return Json($$"""{"kind":"List","metadata":{"resourceVersion":"{{(watches == 0 ? 5 : 9)}}"},"items":[]}""");
            return ++watches switch
            {
                1 => Json("""{"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"6"}}}""" + "\n"),
                2 when query.Contains("resourceVersion=6", StringComparison.Ordinal) => Json("""{"type":"ERROR","object":{"kind":"Status","code":410}}""" + "\n"),
                _ => Json("""{"type":"DELETED","object":{"metadata":{"name":"a","resourceVersion":"10"}}}""" + "\n"),
            };
        });
        using var client = new KubernetesClient(new QueenPool(Queens, network));
        var news = new List<News>();

        await foreach (News item in Reflection.FollowAsync(client, "/api/v1/pods", TimeProvider.System, CancellationToken.None))
        {
            news.Add(item);
            if (item is News.Gone) break;
        }

        Assert.Collection(
            news,
            n => Assert.Equal(5, Assert.IsType<News.Complete>(n).Revision),
            n => Assert.Equal(6, Assert.IsType<News.Changed>(n).Revision),
            n => Assert.Equal(9, Assert.IsType<News.Complete>(n).Revision),
            n => Assert.Equal(10, Assert.IsType<News.Gone>(n).Revision));
    }

    [Fact]
    public async Task An_etcd_watch_from_a_compacted_revision_ends_with_the_reason()
    {
        var network = new Network(_ => Json("""{"result":{"header":{},"canceled":true,"compact_revision":"17"}}""" + "\n"));
        using var client = new EtcdClient(new QueenPool(Queens, network));

        EtcdWatchException ended = await Assert.ThrowsAsync<EtcdWatchException>(async () =>
        {
            await foreach (EtcdChange change in client.WatchAsync("a"u8.ToArray(), false, 3, CancellationToken.None)) Assert.Fail($"nothing may come: {change}");
        });

        Assert.Contains("17", ended.Message, StringComparison.Ordinal);
    }

    private static HttpRequestException Broken(HttpRequestError error) => new(error, "broken");

    private static HttpResponseMessage Json(string text) => new(HttpStatusCode.OK) { Content = new StringContent(text, Encoding.UTF8, "application/json") };

    private sealed class Network(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        public List<string> Asked { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked.Add($"{request.Method} {request.RequestUri!.Host}");
            return Task.FromResult(answer(request));
        }
    }
}
