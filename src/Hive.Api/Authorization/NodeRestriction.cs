namespace Hive.Api.Authorization;

/// <summary>What a drone may do: its own Node, pods bound to it and what they refer to, its own lease, events, and the service tables.</summary>
public sealed class NodeRestriction(INodeWorld world)
{
    public AccessVerdict Decide(string node, AccessRequest request) => (request.Group, request.Resource) switch
    {
        ("", "nodes") => Nodes(node, request),
        ("", "pods") => Pods(node, request),
        ("", "services" or "endpoints" or "namespaces") => ReadOnly(request),
        ("discovery.k8s.io", "endpointslices") => ReadOnly(request),
        ("", "configmaps" or "secrets" or "persistentvolumeclaims") => Referred(node, request),
        ("", "serviceaccounts") => ServiceAccounts(node, request),
        ("", "events") or ("events.k8s.io", "events") => new(request.Verb is "create" or "patch" or "update", "nodes may only report events"),
        ("coordination.k8s.io", "leases") => Leases(node, request),
        ("", "persistentvolumes") or ("storage.k8s.io", _) or ("node.k8s.io", "runtimeclasses") => ReadOnly(request),
        _ => new(false),
    };

    private static AccessVerdict ReadOnly(AccessRequest request) => new(request.IsRead && request.Subresource.Length == 0);

    private static AccessVerdict Nodes(string node, AccessRequest request)
    {
        if (request.IsRead) return new(request.Subresource.Length == 0);
        bool own = request.Name == node || (request.Verb == "create" && request.Name.Length == 0);
        bool known = request.Verb is "create" or "update" or "patch" && request.Subresource is "" or "status";
        return new(own && known, own ? "" : $"node \"{node}\" is not allowed to modify node \"{request.Name}\"");
    }

    private AccessVerdict Pods(string node, AccessRequest request)
    {
        if (request.Verb is "list" or "watch")
        {
            bool own = request.FieldSelector.Split(',').Any(term => term == $"spec.nodeName={node}" || term == $"spec.nodeName=={node}");
            return new(own, own ? "" : "can only list and watch pods with spec.nodeName set to itself");
        }
        if (request.Verb == "create") return new(request.Subresource.Length == 0 || IsOnNode(node, request) && request.Subresource == "eviction");
        bool mayTouch = request.Verb switch
        {
            "get" => request.Subresource is "" or "status",
            "update" or "patch" => request.Subresource == "status",
            "delete" => request.Subresource.Length == 0,
            _ => false,
        };
        bool here = IsOnNode(node, request);
        return new(mayTouch && here, here ? "" : "the pod is not bound to this node");
    }

    private bool IsOnNode(string node, AccessRequest request) => world.NodeOf(request.Namespace, request.Name) == node;

    private AccessVerdict Referred(string node, AccessRequest request)
    {
        if (request.Verb != "get" || request.Subresource.Length > 0) return new(false);
        bool referred = world.IsReferredTo(node, request.Resource, request.Namespace, request.Name);
        return new(referred, referred ? "" : $"no relationship found between node '{node}' and this object");
    }

    private AccessVerdict ServiceAccounts(string node, AccessRequest request)
    {
        bool known = (request.Verb == "get" && request.Subresource.Length == 0) || (request.Verb == "create" && request.Subresource == "token");
        return new(known && world.IsReferredTo(node, "serviceaccounts", request.Namespace, request.Name));
    }

    private static AccessVerdict Leases(string node, AccessRequest request)
    {
        bool own = request.Namespace == "kube-node-lease" && (request.Name == node || (request.Verb == "create" && request.Name.Length == 0));
        return new(own && request.Verb is "get" or "create" or "update" or "patch", own ? "" : "can only access its own lease in kube-node-lease");
    }
}
