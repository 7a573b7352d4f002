using System.Text.Json.Nodes;

namespace Hive.Api.Tests.Hosting;

/// <summary>Reads a watch's events, one line each.</summary>
public sealed class WatchReader : IAsyncDisposable
{
    private readonly HttpResponseMessage _answer;
    private readonly StreamReader _lines;

    private WatchReader(HttpResponseMessage answer, StreamReader lines)
    {
        _answer = answer;
        _lines = lines;
    }

    /// <summary>Returns once the headers are there.</summary>
    public static async Task<WatchReader> OpenAsync(HttpClient client, string path, string? accept = null)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, path);
        if (accept is not null) message.Headers.TryAddWithoutValidation("Accept", accept);
        HttpResponseMessage answer = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        return new WatchReader(answer, new StreamReader(await answer.Content.ReadAsStreamAsync()));
    }

    /// <summary>The next event, or null at the end of the stream.</summary>
    public async Task<JsonNode?> NextAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        string? line = await _lines.ReadLineAsync(patience.Token);
        return line is null ? null : JsonNode.Parse(line);
    }

    public async ValueTask DisposeAsync()
    {
        _lines.Dispose();
        _answer.Dispose();
        await Task.CompletedTask;
    }
}
