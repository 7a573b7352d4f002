using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Hive.Store;
using Xunit;

namespace Hive.Api.Tests.Hosting;

/// <summary>A running face over a queen of one, with clients for its callers.</summary>
public sealed class ApiFixture : IAsyncLifetime
{
    private readonly List<HttpClient> _clients = [];
    private ApiFace _face = null!;

    public LocalQueen Queen { get; } = new();

    public TestAuthority Authority { get; } = new();

    /// <summary>Bounds of the face; set before it starts.</summary>
    public ApiLimits Limits { get; init; } = new() { TaskPatience = TimeSpan.FromSeconds(5), WritePatience = TimeSpan.FromSeconds(1) };

    public const string JoinToken = "abcdef.0123456789abcdef";

    public Uri Address => new($"https://127.0.0.1:{_face.Endpoint.Port}");

    public HttpClient Admin { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        X509Certificate2 server = Authority.Issue("hive-api"), queen = Authority.Issue("q1", "hive:queens");
        _face = await ApiFace.StartAsync(Queen, new ApiFaceOptions
        {
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            ServerCertificate = () => server,
            ClientAuthorities = [Authority.Certificate],
            QueenCertificate = () => queen,
            Signer = Authority,
            ServiceAccountKey = ECDsa.Create(ECCurve.NamedCurves.nistP256),
            JoinTokens = [JoinToken],
            QueenUrls = () => ["https://127.0.0.1:6443"],
            Limits = Limits,
        });
        Admin = Client(Authority.Issue("admin", "system:masters"));
        foreach (string name in (string[])["default", "kube-system", "kube-node-lease"])
        {
            await SendAsync(Admin, HttpMethod.Post, "/api/v1/namespaces", $$$"""{"metadata":{"name":"{{{name}}}"}}""", HttpStatusCode.Created);
        }
    }

    public async Task DisposeAsync()
    {
        foreach (HttpClient client in _clients) client.Dispose();
        await _face.DisposeAsync();
    }

    /// <summary>A client with a certificate, or without one.</summary>
    public HttpClient Client(X509Certificate2? certificate = null, string? token = null, string scheme = "https")
    {
        var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        if (certificate is not null) handler.SslOptions.ClientCertificates = [certificate];
        var client = new HttpClient(handler) { BaseAddress = new Uri($"{scheme}://127.0.0.1:{_face.Endpoint.Port}"), Timeout = TimeSpan.FromSeconds(30) };
        if (token is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        _clients.Add(client);
        return client;
    }

    /// <summary>Sends and checks the code; the body of the answer as JSON.</summary>
    public static async Task<JsonNode> SendAsync(
        HttpClient client, HttpMethod method, string path, string? body = null, HttpStatusCode expected = HttpStatusCode.OK, string type = "application/json", string? accept = null)
    {
        using var message = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            message.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            if (type.Length > 0) message.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }
        if (accept is not null) message.Headers.TryAddWithoutValidation("Accept", accept);
        using HttpResponseMessage answer = await client.SendAsync(message);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == expected, $"{method} {path}: {(int)answer.StatusCode} {text}");
        return text.StartsWith('{') ? JsonNode.Parse(text)! : JsonValue.Create(text)!;
    }

    public Task<JsonNode> GetAsync(string path, HttpStatusCode expected = HttpStatusCode.OK, string? accept = null) => SendAsync(Admin, HttpMethod.Get, path, null, expected, accept: accept);

    public Task<JsonNode> PostAsync(string path, string body, HttpStatusCode expected = HttpStatusCode.Created, string type = "application/json") =>
        SendAsync(Admin, HttpMethod.Post, path, body, expected, type);

    public Task<JsonNode> PutAsync(string path, string body, HttpStatusCode expected = HttpStatusCode.OK) => SendAsync(Admin, HttpMethod.Put, path, body, expected);

    public Task<JsonNode> PatchAsync(string path, string body, string type = "application/merge-patch+json", HttpStatusCode expected = HttpStatusCode.OK) =>
        SendAsync(Admin, HttpMethod.Patch, path, body, expected, type);

    public Task<JsonNode> DeleteAsync(string path, string? body = null, HttpStatusCode expected = HttpStatusCode.OK) => SendAsync(Admin, HttpMethod.Delete, path, body, expected);
}
