using System.Security.Cryptography;
using Hive.Api.Http;
using Hive.Objects;

namespace Hive.Api.Discovery;

/// <summary>/api and /apis without a resource: what is served, in the aggregated form for clients that know it, else step by step.</summary>
public sealed class DiscoveryRoom(KindCatalog catalog, Func<string> address, ApiLimits limits) : IEndpointRoom
{
    private readonly DiscoveryDocuments _documents = new(catalog);

    public async ValueTask<bool> TryServeAsync(ApiRequest request)
    {
        if (request.Target is not { Resource.Length: 0 } target) return false;
        if (!request.IsMethod("GET") && !request.IsMethod("HEAD"))
        {
            await request.RefuseAsync(Refusals.MethodNotAllowed);
            return true;
        }
        bool core = request.Path.Split('/')[1] == "api";
        if (target.Group.Length == 0 && target.Version.Length == 0) await AnswerRootAsync(request, core);
        else await AnswerPartAsync(request, target, core);
        return true;
    }

    private async ValueTask AnswerRootAsync(ApiRequest request, bool core)
    {
        string? aggregated = MediaTypes.AggregatedDiscovery(request.Accept);
        if (aggregated is null)
        {
            await WriteAsync(request, core ? _documents.CoreVersions(address()) : _documents.Groups());
            return;
        }
        APIGroupDiscoveryList list = core ? _documents.AggregatedCore() : _documents.AggregatedGroups();
        byte[] json = HiveJson.Write(aggregated == "v2" ? list : list with { ApiVersion = "apidiscovery.k8s.io/v2beta1" });
        string etag = $"\"{Convert.ToHexString(SHA256.HashData(json))}\"";
        request.Http.Response.Headers.ETag = etag;
        request.Http.Response.Headers.Vary = "Accept";
        request.Http.Response.Headers.CacheControl = "public";
        if (request.Http.Request.Headers.IfNoneMatch.ToString() == etag)
        {
            request.Http.Response.StatusCode = 304;
            return;
        }
        await ResponseWriting.WriteAsync(request.Http, 200, json, aggregated == "v2" ? MediaTypes.AggregatedV2 : MediaTypes.AggregatedV2Beta1, limits);
    }

    private async ValueTask AnswerPartAsync(ApiRequest request, RequestTarget target, bool core)
    {
        TypedDocument? found = target.Version.Length == 0 && !core ? _documents.FindGroup(target.Group) : _documents.FindResources(target.Group, target.Version);
        if (found is not null) await WriteAsync(request, found);
        else await request.RefuseAsync(catalog.Versions(target.Group).Count > 0 ? Refusals.NoSuchResource : Refusals.PageNotFound);
    }

    private ValueTask WriteAsync(ApiRequest request, TypedDocument document)
    {
        WireFormat format = MediaTypes.FormatForErrors(request.Accept);
        return format == WireFormat.Protobuf
            ? ResponseWriting.WriteJsonAsync(request.Http, 200, HiveJson.Write(document), WireFormat.Json, limits)
            : ResponseWriting.WriteJsonAsync(request.Http, 200, HiveJson.Write(document), format, limits);
    }
}
