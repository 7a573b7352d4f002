using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Hive.Objects.Yaml;
using Microsoft.AspNetCore.Http;

namespace Hive.Api.Http;

/// <summary>Writes whole answers: format, pretty printing, compression and the headers that go with them.</summary>
public static class ResponseWriting
{
    /// <summary>Writes a JSON text in the format asked for.</summary>
    public static ValueTask WriteJsonAsync(HttpContext context, int code, ReadOnlyMemory<byte> json, WireFormat format, ApiLimits limits)
    {
        if (format == WireFormat.Yaml) return WriteAsync(context, code, YamlWriter.FromJson(json), MediaTypes.Yaml, limits);
        return WriteAsync(context, code, WantsPretty(context) ? Pretty(json) : WithNewline(json), MediaTypes.Json, limits);
    }

    public static async ValueTask WriteAsync(HttpContext context, int code, ReadOnlyMemory<byte> body, string contentType, ApiLimits limits)
    {
        HttpResponse response = context.Response;
        response.StatusCode = code;
        response.ContentType = contentType;
        if (!response.Headers.ContainsKey("Cache-Control")) response.Headers.CacheControl = "no-cache, private";
        bool head = HttpMethods.IsHead(context.Request.Method);
        if (!head && body.Length >= limits.CompressFromBytes && TakesGzip(context))
        {
            response.Headers.ContentEncoding = "gzip";
            response.Headers.Vary = "Accept-Encoding";
            await using var zip = new GZipStream(response.Body, CompressionLevel.Fastest, leaveOpen: true);
            await zip.WriteAsync(body, context.RequestAborted);
            return;
        }
        response.ContentLength = body.Length;
        if (!head) await response.Body.WriteAsync(body, context.RequestAborted);
    }

    public static ValueTask WriteTextAsync(HttpContext context, int code, string text, ApiLimits limits) =>
        WriteAsync(context, code, Encoding.UTF8.GetBytes(text), "text/plain; charset=utf-8", limits);

    /// <summary>A refusal as a Status in the format that the client accepts.</summary>
    public static ValueTask WriteRefusalAsync(HttpContext context, Refusal refusal, ApiLimits limits)
    {
        if (refusal.RetryAfterSeconds > 0)
        {
            context.Response.Headers.RetryAfter = refusal.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        }
        if (refusal.PlainText) return WriteTextAsync(context, refusal.Code, refusal.Message + "\n", limits);
        WireFormat format = MediaTypes.FormatForErrors(context.Request.Headers.Accept.ToString());
        return format == WireFormat.Protobuf
            ? WriteAsync(context, refusal.Code, StatusEncoding.Protobuf(refusal), MediaTypes.Protobuf, limits)
            : WriteJsonAsync(context, refusal.Code, StatusEncoding.Json(refusal), format, limits);
    }

    /// <summary>Pretty when asked for, or without a word on it when a person's tool asks.</summary>
    public static bool WantsPretty(HttpContext context)
    {
        string asked = context.Request.Query["pretty"].ToString();
        if (asked.Length > 0) return asked is "true" or "1";
        string agent = context.Request.Headers.UserAgent.ToString();
        return agent.StartsWith("curl", StringComparison.Ordinal) || agent.StartsWith("Wget", StringComparison.Ordinal)
            || agent.StartsWith("Mozilla/5.0", StringComparison.Ordinal);
    }

    private static bool TakesGzip(HttpContext context) =>
        context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase);

    private static byte[] WithNewline(ReadOnlyMemory<byte> json)
    {
        byte[] line = new byte[json.Length + 1];
        json.Span.CopyTo(line);
        line[^1] = (byte)'\n';
        return line;
    }

    private static byte[] Pretty(ReadOnlyMemory<byte> json)
    {
        using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 256 });
        var output = new ArrayBufferWriter<byte>(json.Length * 2);
        var options = new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 256 };
        using (var writer = new Utf8JsonWriter(output, options)) document.RootElement.WriteTo(writer);
        output.Write("\n"u8);
        return output.WrittenSpan.ToArray();
    }
}
