using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hive.Api.Http;
using Hive.Queen;

namespace Hive.Api.Health;

/// <summary>Health in the tutorial's form and in Kubernetes', the version, and the list of paths.</summary>
public sealed class HealthRoom(IQueen queen, ApiFaceOptions options, Func<IEnumerable<string>> paths) : IEndpointRoom
{
    /// <summary>What Kubernetes clients take the server for: their check of version skew stays quiet.</summary>
    public const string KubernetesVersion = "v1.33.0";

    public async ValueTask<bool> TryServeAsync(ApiRequest request)
    {
        string root = request.Path.Split('/', 3, StringSplitOptions.RemoveEmptyEntries) is [var first, ..] ? first : "";
        switch (root)
        {
            case "healthz":
                await HealthAsync(request);
                return true;
            case "livez":
                await ResponseWriting.WriteTextAsync(request.Http, 200, "ok", request.Limits);
                return true;
            case "readyz":
                await ReadyAsync(request);
                return true;
            case "version":
                await request.AnswerJsonAsync(200, Version(options.Version));
                return true;
            case "":
                await request.AnswerJsonAsync(200, Paths());
                return true;
            default:
                return false;
        }
    }

    /// <summary>The answer to an unknown path: where there is something.</summary>
    public byte[] Paths() => EndpointJson.Write(new JsonObject { ["paths"] = new JsonArray([.. paths().Select(path => (JsonNode)path)]) });

    private bool IsReady => !queen.Status.Leader.IsNone && queen.Status.Errors.IsDefaultOrEmpty;

    private ValueTask HealthAsync(ApiRequest request)
    {
        // Kubernetes clients that read bodies want the word; people and the tutorial want the JSON.
        bool kubernetes = request.Http.Request.Headers.UserAgent.ToString().Contains("kubernetes/", StringComparison.Ordinal);
        if (kubernetes) return ResponseWriting.WriteTextAsync(request.Http, IsReady ? 200 : 503, IsReady ? "ok" : "not ready", request.Limits);
        return request.AnswerLineAsync(IsReady ? 200 : 503, new JsonObject { ["status"] = IsReady ? "READY" : "NOT_READY", ["version"] = options.Version, ["mode"] = "QUEEN" });
    }

    private ValueTask ReadyAsync(ApiRequest request)
    {
        QueenStatus status = queen.Status;
        if (IsReady && !request.Query.Has("verbose")) return ResponseWriting.WriteTextAsync(request.Http, 200, "ok", request.Limits);
        var text = new StringBuilder();
        text.Append(status.Leader.IsNone ? "[-]leader failed: no leader is known\n" : "[+]leader ok\n");
        foreach (string error in status.Errors.IsDefault ? [] : status.Errors) text.Append("[-]store failed: ").Append(error).Append('\n');
        text.Append(IsReady ? "readyz check passed\n" : "readyz check failed\n");
        return ResponseWriting.WriteTextAsync(request.Http, IsReady ? 200 : 503, text.ToString(), request.Limits);
    }

    private static byte[] Version(string hiveVersion)
    {
        string[] parts = KubernetesVersion.TrimStart('v').Split('.');
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            writer.WriteString("major", parts[0]);
            writer.WriteString("minor", parts[1]);
            writer.WriteString("gitVersion", $"{KubernetesVersion}+hive{hiveVersion}");
            writer.WriteString("gitCommit", "");
            writer.WriteString("gitTreeState", "clean");
            writer.WriteString("buildDate", "1970-01-01T00:00:00Z");
            writer.WriteString("goVersion", $".NET {Environment.Version}");
            writer.WriteString("compiler", "roslyn");
            writer.WriteString("platform", $"linux/{(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "amd64")}");
            writer.WriteEndObject();
        }
        return output.WrittenSpan.ToArray();
    }
}
