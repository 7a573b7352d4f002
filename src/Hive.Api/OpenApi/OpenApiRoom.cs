using Hive.Api.Health;
using Hive.Api.Http;
using Hive.Objects;

namespace Hive.Api.OpenApi;

/// <summary>
/// The schema of what is served: version 3 as an index of documents whose addresses carry their hash, version 2 whole, in JSON or protobuf. Documents never change
/// while a queen runs, so that clients may keep them.
/// </summary>
public sealed class OpenApiRoom(KindCatalog catalog, ApiLimits limits) : IEndpointRoom
{
    private const string V2Protobuf = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
    private const string V3Root = "/openapi/v3";

    private readonly OpenApiV2 _v2 = new(catalog, HealthRoom.KubernetesVersion);
    private string? _v2Hash;
    private readonly OpenApiV3 _v3 = new(catalog, HealthRoom.KubernetesVersion);

    public async ValueTask<bool> TryServeAsync(ApiRequest request)
    {
        if (!request.Path.StartsWith("/openapi/", StringComparison.Ordinal)) return false;
        if (!request.IsMethod("GET") && !request.IsMethod("HEAD")) await request.RefuseAsync(Refusals.MethodNotAllowed);
        else if (request.Path == "/openapi/v2") await AnswerV2Async(request);
        else if (request.Path == V3Root) await ResponseWriting.WriteAsync(request.Http, 200, _v3.Index(), MediaTypes.Json, limits);
        else if (request.Path.StartsWith(V3Root + "/", StringComparison.Ordinal)) await AnswerV3Async(request, request.Path[(V3Root.Length + 1)..]);
        else return false;
        return true;
    }

    private async ValueTask AnswerV2Async(ApiRequest request)
    {
        bool protobuf = request.Accept.Contains(V2Protobuf, StringComparison.Ordinal);
        if (IsKnown(request, $"\"{_v2Hash ??= _v2.Hash}{(protobuf ? "P" : "")}\"")) return;
        request.Http.Response.Headers.Vary = "Accept";
        // Clients up to 1.27 cannot parse the type that they ask for: '@' is no token of a media type.
        await ResponseWriting.WriteAsync(request.Http, 200, protobuf ? _v2.Protobuf : _v2.Json, protobuf ? "application/octet-stream" : MediaTypes.Json, limits);
    }

    private async ValueTask AnswerV3Async(ApiRequest request, string path)
    {
        if (!_v3.TryFind(path, out ReadOnlyMemory<byte> json, out string hash))
        {
            await request.RefuseAsync(Refusals.PageNotFound);
            return;
        }
        string asked = request.Query.Text("hash");
        if (asked.Length > 0 && asked != hash)
        {
            request.Http.Response.Redirect($"{request.Path}?hash={hash}", permanent: true);
            return;
        }
        if (asked.Length > 0)
        {
            request.Http.Response.Headers.CacheControl = "public, immutable";
            request.Http.Response.Headers.Expires = DateTime.UtcNow.AddYears(1).ToString("R", System.Globalization.CultureInfo.InvariantCulture);
        }
        if (IsKnown(request, $"\"{hash}\"")) return;
        await ResponseWriting.WriteAsync(request.Http, 200, json, MediaTypes.Json, limits);
    }

    /// <summary>True: the client has it already, and was told so.</summary>
    private static bool IsKnown(ApiRequest request, string etag)
    {
        request.Http.Response.Headers.ETag = etag;
        if (request.Http.Request.Headers.IfNoneMatch.ToString() != etag) return false;
        request.Http.Response.StatusCode = 304;
        return true;
    }
}
