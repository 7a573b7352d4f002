using Hive.Api.Authentication;
using Hive.Api.Authorization;
using Hive.Api.Storage;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Hive.Api.Http;

/// <summary>Serves requests that passed authentication and authorization. False: not mine.</summary>
public interface IEndpointRoom
{
    ValueTask<bool> TryServeAsync(ApiRequest request);
}

/// <summary>
/// The way of every request: path, who asks, whether they may, the room that serves it. The one edge of the face: what escapes a room is a bug, is logged,
/// and leaves as a 500 that says so.
/// </summary>
public sealed class Pipeline(
    Authenticator authenticator, Authorizer authorizer, Proposals proposals, IReadOnlyList<IEndpointRoom> rooms, ApiLimits limits, ILogger log, CancellationToken stopping)
{
    public async Task HandleAsync(HttpContext http)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        string path = http.Request.Path.Value ?? "/";
        if (path.Length > 1) path = path.TrimEnd('/');
        var request = new ApiRequest(http, path.Length == 0 ? "/" : path, limits, ending.Token);
        try
        {
            await ServeAsync(request);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            await EndCancelledAsync(request, http.RequestAborted.IsCancellationRequested);
        }
        catch (Exception gone) when (http.RequestAborted.IsCancellationRequested && gone is IOException or ConnectionAbortedException)
        {
            log.LogDebug(gone, "the client of {Method} {Path} went away", http.Request.Method, path);
        }
        catch (BadHttpRequestException broken)
        {
            if (!http.Response.HasStarted) await request.RefuseAsync(Refusals.BadRequest(broken.Message));
        }
        catch (Exception bug)
        {
            log.LogError(bug, "{Method} {Path} failed unexpectedly", http.Request.Method, path);
            if (http.Response.HasStarted) http.Abort();
            else await request.RefuseAsync(Refusals.Internal("an unexpected fault; see this queen's log"));
        }
    }

    private async ValueTask ServeAsync(ApiRequest request)
    {
        Outcome<Caller> who = await authenticator.AuthenticateAsync(request);
        if (!who.TryGet(out Caller? user, out Refusal? refusal))
        {
            await request.RefuseAsync(refusal);
            return;
        }
        request.User = user;
        AccessRequest access = Describe(request);
        AccessVerdict verdict = authorizer.Decide(user, access, request.IsLoopback);
        if (!verdict.Allowed && user.NodeName.Length > 0)
        {
            // What a drone may see follows from what is bound to it, and it may have learnt of that from another queen: only a fresh state may say no.
            await proposals.FreshAsync(request.Cancellation);
            verdict = authorizer.Decide(user, access, request.IsLoopback);
        }
        if (!verdict.Allowed)
        {
            bool nobody = !user.IsAuthenticated && !request.IsSecure;
            await request.RefuseAsync(nobody ? Refusals.Unauthorized with { Message = "Unauthorized: credentials are only taken over TLS" } : access.Forbidden(user.Name, verdict.Why));
            return;
        }
        foreach (IEndpointRoom room in rooms)
        {
            if (await room.TryServeAsync(request)) return;
        }
        await request.RefuseAsync(Refusals.PageNotFound);
    }

    private static async ValueTask EndCancelledAsync(ApiRequest request, bool clientGone)
    {
        if (clientGone || request.Http.Response.HasStarted) return;
        await request.RefuseAsync(Refusals.Unavailable("this queen is stopping"));
    }

    /// <summary>The request as authorization sees it.</summary>
    private static AccessRequest Describe(ApiRequest request)
    {
        string method = request.Http.Request.Method;
        RequestTarget? target = request.Target;
        if (target is null || target.Resource.Length == 0) return AccessRequest.ForPath(method.ToLowerInvariant(), request.Path);
        string fields = request.Query.Text("fieldSelector");
        bool watch = target.Watch || request.Query.Flag("watch");
        string name = target.Name;
        if (name.Length == 0 && fields.StartsWith("metadata.name=", StringComparison.Ordinal) && !fields.Contains(',', StringComparison.Ordinal))
        {
            name = fields["metadata.name=".Length..].TrimStart('=');
        }
        string verb = method.ToUpperInvariant() switch
        {
            "GET" or "HEAD" when target.Name.Length > 0 && !target.Watch => "get",
            "GET" or "HEAD" => watch ? "watch" : "list",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" => target.Name.Length > 0 ? "delete" : "deletecollection",
            _ => method.ToLowerInvariant(),
        };
        return new AccessRequest(verb, target.Group, target.Resource, target.Subresource, target.Namespace, name, FieldSelector: fields);
    }
}
