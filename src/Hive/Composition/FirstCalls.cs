using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using Hive.Client.Connections;
using Hive.Queen;
using Microsoft.Extensions.Logging;

namespace Hive.Composition;

/// <summary>
/// A queen's first callers are she herself. What runs for the first time is compiled and its caches are filled then: TLS, HTTP/2 and the faces together take some 80 ms
/// at the first connection, and clients come all at once when another queen is gone. It also tells at once when her certificate does not fit her addresses.
/// </summary>
internal sealed class FirstCalls(IQueen queen, QueenEntry self, X509Certificate2 own, X509Certificate2 authority, ILogger log)
{
    /// <summary>A serializable range of one key, in gRPC's frame: it needs no leader and reads next to nothing.</summary>
    private static readonly byte[] Range = [0, 0, 0, 0, 7, 0x0A, 0x01, 0x00, 0x18, 0x01, 0x38, 0x01];

    /// <summary>Without a leader it asks again after so long: nobody waits for it.</summary>
    private static readonly TimeSpan LeaderPause = TimeSpan.FromSeconds(1);

    /// <summary>Ends by itself, or when cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            // There is a leader: those who start the cluster do not have to share the processors with this.
            while ((await queen.ReadAsync(cancellation)).Code != QueenCode.Ok) await Task.Delay(LeaderPause, TimeProvider.System, cancellation);
            using var http = new HttpClient(ClientHandlers.Create(new ClientCredentials(authority, own)));
            await CallAsync(http, new HttpRequestMessage(HttpMethod.Post, new Uri($"https://{self.Etcd}/v3/kv/range")) { Content = new StringContent("""{"key":"AA==","limit":"1","serializable":true}""") }, cancellation);
            var body = new ByteArrayContent(Range) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } };
            await CallAsync(http, new HttpRequestMessage(HttpMethod.Post, new Uri($"https://{self.Etcd}/etcdserverpb.KV/Range")) { Content = body, Headers = { TE = { new("trailers") } } }, cancellation);
            await CallAsync(http, new HttpRequestMessage(HttpMethod.Get, new Uri($"https://{self.Api}/version")), cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Stopping.
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException or OperationCanceledException)
        {
            log.LogWarning("{Name} cannot call herself at {Etcd} or {Api}, so others may not either: {Problem}", self.Name, self.Etcd, self.Api, failed.InnerException?.Message ?? failed.Message);
        }
    }

    private static async Task CallAsync(HttpClient http, HttpRequestMessage request, CancellationToken cancellation)
    {
        (request.Version, request.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
        using HttpResponseMessage response = await http.SendAsync(request, cancellation);
        await response.Content.ReadAsByteArrayAsync(cancellation);
        request.Dispose();
    }
}
