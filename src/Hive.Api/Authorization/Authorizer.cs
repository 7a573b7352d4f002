using Hive.Api.Authentication;

namespace Hive.Api.Authorization;

/// <summary>
/// Decides who may do what: administrators and queens everything; a drone what its node needs (<see cref="NodeRestriction"/>); every authenticated
/// caller discovery and questions about itself; anybody health, version and the door for joining; nobody else anything.
/// </summary>
public sealed class Authorizer(NodeRestriction nodes, bool anonymousTasksFromLoopback)
{
    private static readonly string[] OpenPaths = ["/healthz", "/livez", "/readyz", "/version", "/hive/v1/join"];
    private static readonly string[] DiscoveryPaths = ["/api", "/apis", "/openapi"];

    /// <param name="loopback">The caller is on this machine.</param>
    public AccessVerdict Decide(Caller user, AccessRequest request, bool loopback = false)
    {
        if (user.IsSuperuser) return new(true, "superuser");
        if (!request.IsResource) return DecidePath(user, request.Path, loopback);
        if (!user.IsAuthenticated) return new(false);
        if (IsAboutOneself(request)) return new(true, "questions about oneself");
        return user.NodeName.Length > 0 ? nodes.Decide(user.NodeName, request) : new(false);
    }

    private AccessVerdict DecidePath(Caller user, string path, bool loopback)
    {
        if (OpenPaths.Any(open => IsWithin(path, open))) return new(true, "open to all");
        if (path == "/submit_task" && (user.IsAuthenticated || (loopback && anonymousTasksFromLoopback))) return new(true, "tasks");
        if (path == "/do_task") return new(true, "always refused later, with a reason");
        if (!user.IsAuthenticated) return new(false);
        if (path == "/" || DiscoveryPaths.Any(open => IsWithin(path, open))) return new(true, "discovery");
        string own = $"/hive/v1/drones/{user.NodeName}";
        return new(user.NodeName.Length > 0 && IsWithin(path, own));
    }

    private static bool IsWithin(string path, string root) =>
        path.StartsWith(root, StringComparison.Ordinal) && (path.Length == root.Length || path[root.Length] == '/');

    private static bool IsAboutOneself(AccessRequest request) => request.Verb == "create" && request.Resource switch
    {
        "selfsubjectaccessreviews" or "selfsubjectrulesreviews" => request.Group == "authorization.k8s.io",
        "selfsubjectreviews" => request.Group == "authentication.k8s.io",
        _ => false,
    };
}
