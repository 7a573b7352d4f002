using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hive.Client.Connections;

namespace Hive.Client.Kubernetes;

/// <summary>The Kubernetes face of a Hive, over any of its queens. Paths are those of the API, e.g. <c>/api/v1/namespaces/default/pods</c>.</summary>
public sealed class KubernetesClient(QueenPool pool) : IDisposable
{
    public const string Json = "application/json";
    public const string MergePatch = "application/merge-patch+json";
    public const string StrategicMergePatch = "application/strategic-merge-patch+json";
    public const string Table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

    /// <summary>Connects as the profile says. Nothing is sent yet.</summary>
    public static KubernetesClient Connect(ClientProfile profile) =>
        new(new QueenPool([.. profile.Queens.Select(q => new Uri(q))], profile.LoadCredentials()));

    /// <summary>Whom it talks to.</summary>
    public QueenPool Pool => pool;

    public Task<ApiAnswer> GetAsync(string path, CancellationToken cancellation, string accept = Json) =>
        SendAsync(HttpMethod.Get, path, null, Json, accept, cancellation);

    public Task<ApiAnswer> CreateAsync(string collection, JsonObject value, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, collection, value, Json, Json, cancellation);

    public Task<ApiAnswer> ReplaceAsync(string path, JsonObject value, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Put, path, value, Json, Json, cancellation);

    public Task<ApiAnswer> PatchAsync(string path, JsonNode patch, string patchType, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Patch, path, patch, patchType, Json, cancellation);

    public Task<ApiAnswer> DeleteAsync(string path, JsonObject? options, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Delete, path, options, Json, Json, cancellation);

    /// <summary>One request with a JSON body, or none.</summary>
    public async Task<ApiAnswer> SendAsync(
        HttpMethod method, string path, JsonNode? body, string contentType, string accept, CancellationToken cancellation)
    {
        PoolResult result = await OpenAsync(method, path, body, contentType, accept, cancellation);
        if (result.Response is null) return new ApiAnswer(0, null, result.Fate, result.Problem);
        using HttpResponseMessage response = result.Response;
        string text;
        try
        {
            text = await response.Content.ReadAsStringAsync(cancellation);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            return new ApiAnswer(0, null, method == HttpMethod.Get ? Fate.NotDone : Fate.Unknown, failure.Message);
        }
        return new ApiAnswer((int)response.StatusCode, TryParse(text), Fate.Answered, text.Trim());
    }

    /// <summary>The response itself, for what is not JSON (logs) or must be streamed. The caller disposes it.</summary>
    public Task<PoolResult> OpenAsync(HttpMethod method, string path, JsonNode? body, string contentType, string accept, CancellationToken cancellation)
    {
        byte[]? bytes = body is null ? null : Encoding.UTF8.GetBytes(body.ToJsonString());
        return pool.SendAsync(queen => Request(queen, method, path, bytes, contentType, accept), method == HttpMethod.Get, cancellation);
    }

    /// <summary>
    /// Lines of one watch until the server ends it or the connection breaks (both just end the sequence). The path carries the query.
    /// </summary>
    public async IAsyncEnumerable<WatchLine> WatchAsync(string path, [EnumeratorCancellation] CancellationToken cancellation, string accept = Json)
    {
        PoolResult result = await OpenAsync(HttpMethod.Get, path, null, Json, accept, cancellation);
        if (result.Response is null) yield break;
        using HttpResponseMessage response = result.Response;
        if (!response.IsSuccessStatusCode)
        {
            if (TryParse(await response.Content.ReadAsStringAsync(cancellation)) is { } status) yield return new WatchLine("ERROR", status);
            yield break;
        }
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation), Encoding.UTF8);
        while (true)
        {
            string? line;
            try
            {
                line = await reader.ReadLineAsync(cancellation);
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException)
            {
                yield break;
            }
            if (line is null) yield break;
            if (TryParse(line) is { } parsed && parsed["object"] is JsonObject changed)
            {
                parsed.Remove("object");
                yield return new WatchLine((string?)parsed["type"] ?? "", changed);
            }
        }
    }

    public void Dispose() => pool.Dispose();

    private static HttpRequestMessage Request(Uri queen, HttpMethod method, string path, byte[]? body, string contentType, string accept)
    {
        var request = new HttpRequestMessage(method, new Uri(queen, path));
        request.Headers.TryAddWithoutValidation("Accept", accept);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("hive", "0.1.0"));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        }
        return request;
    }

    private static JsonObject? TryParse(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
