using System.Net;
using Hive.Api.Authentication;
using Microsoft.AspNetCore.Http;

namespace Hive.Api.Http;

/// <summary>One request on its way: what came in, and who asks.</summary>
public sealed class ApiRequest(HttpContext http, string path, ApiLimits limits, CancellationToken cancellation)
{
    /// <summary>Letters of one warning; a client's header buffer is finite.</summary>
    private const int LongestWarning = 512;

    public HttpContext Http { get; } = http;

    public ApiLimits Limits { get; } = limits;

    /// <summary>Unescaped, without a slash at the end (but "/" stays).</summary>
    public string Path { get; } = path;

    /// <summary>What a path under /api or /apis names; null elsewhere.</summary>
    public RequestTarget? Target { get; } = RequestTarget.Parse(path);

    public QueryParameters Query { get; } = new(http.Request.Query);

    public Caller User { get; set; } = Caller.Anonymous;

    /// <summary>Ends when the client goes away or the face stops.</summary>
    public CancellationToken Cancellation { get; } = cancellation;

    public string Accept => Http.Request.Headers.Accept.ToString();

    public bool IsSecure => Http.Request.IsHttps;

    public bool IsLoopback => Http.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address);

    /// <summary>First word of the user agent up to the slash: the default field manager.</summary>
    public string FieldManager
    {
        get
        {
            string asked = Query.Text("fieldManager");
            if (asked.Length > 0) return asked;
            string agent = Http.Request.Headers.UserAgent.ToString();
            int end = agent.IndexOfAny(['/', ' ']);
            string first = end < 0 ? agent : agent[..end];
            return first.Length == 0 ? "unknown" : first;
        }
    }

    public bool IsMethod(string method) => string.Equals(Http.Request.Method, method, StringComparison.OrdinalIgnoreCase);

    public ValueTask<Outcome<byte[]>> ReadBodyAsync() => RequestBody.ReadAsync(Http, Limits, Cancellation);

    /// <summary>A note to the person behind the client; kubectl prints it.</summary>
    public void Warn(string text)
    {
        // The text may quote the client's own bytes, and a header takes printable ASCII only.
        string printable = string.Concat(text.Select(letter => letter is >= ' ' and <= '~' ? letter : '?'));
        if (printable.Length > LongestWarning) printable = printable[..LongestWarning] + "...";
        string quoted = printable.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        Http.Response.Headers.Append("Warning", $"299 - \"{quoted}\"");
    }

    public ValueTask RefuseAsync(Refusal refusal) => ResponseWriting.WriteRefusalAsync(Http, refusal, Limits);

    /// <summary>A Kubernetes document, pretty where a person asks.</summary>
    public ValueTask AnswerJsonAsync(int code, ReadOnlyMemory<byte> json) =>
        ResponseWriting.WriteJsonAsync(Http, code, json, WireFormat.Json, Limits);

    /// <summary>An answer of Hive's own endpoints: one line, so that it can be read by eye and by grep.</summary>
    public ValueTask AnswerLineAsync<T>(int code, T answer) =>
        ResponseWriting.WriteAsync(Http, code, (byte[])[.. EndpointJson.Write(answer), (byte)'\n'], MediaTypes.Json, Limits);
}
