using Hive.Api.Http;
using Hive.Api.Storage;
using Hive.Api.Subresources;
using Hive.Api.Watch;
using Hive.Objects;

namespace Hive.Api.Verbs;

/// <summary>Everything under /api and /apis that names a resource: finds the kind, the sub-resource and the verb.</summary>
public sealed class ResourceRoom(
    ReadVerbs reads, CreateVerb create, UpdateVerb update, PatchVerb patch, DeleteVerb delete, DeleteCollectionVerb deleteCollection, WatchVerb watch,
    PodSubresources pods, ScaleSubresource scale, TokenSubresource tokens, PodLog log, Reviews reviews, NamespaceFinalize finalize) : IEndpointRoom
{
    public async ValueTask<bool> TryServeAsync(ApiRequest request)
    {
        if (request.Target is not { Resource.Length: > 0, Version.Length: > 0 } target) return false;
        Refusal? refusal = await RouteAsync(request, target);
        if (refusal is not null) await request.RefuseAsync(refusal);
        return true;
    }

    private async ValueTask<Refusal?> RouteAsync(ApiRequest request, RequestTarget target)
    {
        if (target.Resource.Length == 0) return Refusals.NoSuchResource;
        if (target is { Group: "", Version: "v1", Resource: "bindings" } && request.IsMethod("POST") && target.Name.Length == 0)
        {
            return await pods.BindAsync(new ResourceCall(request, KindOf<Pod>.Definition, target.Namespace, "", "binding"));
        }
        if (!KindCatalog.BuiltIn.TryFind(target.Group, target.Version, target.Resource, out KindDefinition? kind))
        {
            return KindCatalog.BuiltIn.Versions(target.Group).Count > 0 ? Refusals.NoSuchResource : Refusals.PageNotFound;
        }
        if (kind.Namespaced && target.Namespace.Length == 0 && target.Name.Length > 0) return Refusals.NoSuchResource;
        if (!kind.Namespaced && target.Namespace.Length > 0) return Refusals.NoSuchResource;
        var call = new ResourceCall(request, kind, target.Namespace, target.Name, target.Subresource);
        if (!kind.Stored) return request.IsMethod("POST") && target.Name.Length == 0 ? await reviews.RunAsync(call) : Refusals.MethodNotAllowed;
        if (target.Subresource.Length > 0) return await SubresourceAsync(call, target);
        string method = request.Http.Request.Method.ToUpperInvariant();
        if (method == "HEAD") method = "GET";
        bool watching = target.Watch || request.Query.Flag("watch");
        return (method, target.Name.Length > 0) switch
        {
            ("GET", _) when target.Watch || (watching && target.Name.Length == 0) => await watch.RunAsync(call),
            ("GET", true) => await reads.GetAsync(call),
            ("GET", false) => await reads.ListAsync(call),
            ("POST", false) when !kind.Namespaced || target.Namespace.Length > 0 => await create.RunAsync(call),
            ("PUT", true) => await update.RunAsync(call),
            ("PATCH", true) => await patch.RunAsync(call),
            ("DELETE", true) => await delete.RunAsync(call),
            ("DELETE", false) when kind.Verbs.Contains("deletecollection") && (!kind.Namespaced || target.Namespace.Length > 0) => await deleteCollection.RunAsync(call),
            _ => Refusals.MethodNotAllowed,
        };
    }

    private async ValueTask<Refusal?> SubresourceAsync(ResourceCall call, RequestTarget target)
    {
        string method = call.Request.Http.Request.Method.ToUpperInvariant();
        if (call.Kind.Kind == "Pod" && target.Subresource is "exec" or "attach" or "portforward" or "proxy")
        {
            return Refusals.NotImplemented($"pods/{target.Subresource} is not offered by the drones of this cluster");
        }
        if (call.Kind.FindSubResource(target.Subresource) is null || target.Rest.Length > 0) return Refusals.NoSuchResource;
        return (call.Kind.Kind, target.Subresource, method) switch
        {
            (_, "status", "GET") => await reads.GetAsync(call),
            (_, "status", "PUT") => await update.RunAsync(call),
            (_, "status", "PATCH") => await patch.RunAsync(call),
            (_, "scale", _) => await scale.RunAsync(call),
            ("Namespace", "finalize", "PUT") => await finalize.RunAsync(call),
            ("Pod", "log", "GET") => await log.RunAsync(call),
            ("Pod", "binding", "POST") => await pods.BindAsync(call),
            ("Pod", "eviction", "POST") => await pods.EvictAsync(call),
            ("ServiceAccount", "token", "POST") => await tokens.RunAsync(call),
            ("Pod", "ephemeralcontainers", _) => Refusals.NoSuchResource,
            _ => Refusals.MethodNotAllowed,
        };
    }
}
