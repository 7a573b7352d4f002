namespace Hive.Api.Authorization;

/// <summary>What node restriction must know of the cluster. Read from this queen's own store: a binding is there before its drone can know of it through this queen.</summary>
public interface INodeWorld
{
    /// <summary>Name of the node that the pod is bound to; null when there is no such pod.</summary>
    string? NodeOf(string @namespace, string pod);

    /// <summary>Whether a pod on the node refers to the object by name (configmaps, secrets, serviceaccounts, persistentvolumeclaims).</summary>
    bool IsReferredTo(string node, string resource, string @namespace, string name);
}
