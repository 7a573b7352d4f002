using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hive.Client.Connections;

namespace Hive.Drone.Runtimes.Docker;

/// <summary>Requests to a Docker engine over its UNIX socket. API 1.40 and later.</summary>
internal sealed class EngineConnection : IDisposable
{
    private const string Prefix = "http://engine/v1.40";
    private readonly HttpClient _http;

    public EngineConnection(string socketPath)
    {
        SocketPath = socketPath;
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = (_, cancellation) => Dialing.ConnectAsync(
                new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(socketPath), cancellation),
        };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public string SocketPath { get; }

    /// <summary>The engine's version, or null when none answers there.</summary>
    public async Task<string?> TryVersionAsync(CancellationToken cancellation)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(TimeSpan.FromSeconds(5));
            EngineAnswer answer = await SendAsync(HttpMethod.Get, "/version", null, limit.Token);
            return answer.Ok ? (string?)answer.Json?["Version"] ?? "unknown" : null;
        }
        catch (Exception failure) when (failure is RuntimeUnavailableException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>One request with an answer that is read to its end.</summary>
    /// <exception cref="RuntimeUnavailableException">The engine does not answer.</exception>
    public async Task<EngineAnswer> SendAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellation, HttpContent? content = null, string? registryAuth = null)
    {
        try
        {
            using HttpResponseMessage response = await OpenAsync(method, path, body, cancellation, content, registryAuth);
            string text = await response.Content.ReadAsStringAsync(cancellation);
            return new EngineAnswer(response.StatusCode, TryParse(text), text);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw new RuntimeUnavailableException($"the container engine at {SocketPath} does not answer: {failure.Message}", failure);
        }
    }

    /// <summary>One request whose answer is a stream. The caller disposes it.</summary>
    public async Task<HttpResponseMessage> OpenAsync(
        HttpMethod method, string path, JsonNode? body, CancellationToken cancellation, HttpContent? content = null, string? registryAuth = null)
    {
        using var request = new HttpRequestMessage(method, Prefix + path);
        if (body is not null)
        {
            content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.ToJsonString()));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        request.Content = content;
        if (registryAuth is not null) request.Headers.TryAddWithoutValidation("X-Registry-Auth", registryAuth);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch (HttpRequestException failure)
        {
            throw new RuntimeUnavailableException($"the container engine at {SocketPath} does not answer: {failure.Message}", failure);
        }
    }

    public void Dispose() => _http.Dispose();

    internal static JsonNode? TryParse(string text)
    {
        try
        {
            return text.Length == 0 ? null : JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>What the engine said.</summary>
internal readonly record struct EngineAnswer(HttpStatusCode Code, JsonNode? Json, string Text)
{
    public bool Ok => (int)Code is >= 200 and < 400;

    /// <summary>The engine's words about a failure.</summary>
    public string Message => (Json as JsonObject)?["message"] is { } message ? (string?)message ?? "" : Text.Trim();
}
