using Hive.Api.Storage;
using Hive.Objects;
using Hive.Store;

namespace Hive.Api.Authorization;

/// <summary>Node restriction's view of the cluster, read from this queen's store.</summary>
public sealed class StoredNodeWorld(ObjectStorage storage) : INodeWorld
{
    public string? NodeOf(string @namespace, string pod) => storage.Find<Pod>(storage.Local, @namespace, pod)?.Value.Spec.NodeName;

    public bool IsReferredTo(string node, string resource, string @namespace, string name)
    {
        StoreSnapshot at = storage.Local;
        foreach (Pod pod in storage.Scan<Pod>(at, @namespace))
        {
            if (pod.Spec.NodeName == node && RefersTo(pod, resource, name)) return true;
        }
        return false;
    }

    private static bool RefersTo(Pod pod, string resource, string name) => resource switch
    {
        "serviceaccounts" => pod.Spec.ServiceAccountName == name,
        "secrets" => Volumes(pod, volume => volume.Secret?.SecretName, source => source.Secret?.Name, name)
            || pod.Spec.ImagePullSecrets.Any(reference => reference.Name == name)
            || Environment(pod, from => from.SecretRef?.Name, variable => variable.SecretKeyRef?.Name, name),
        // The cluster's own certificate is for everybody.
        "configmaps" => name == "kube-root-ca.crt" || Volumes(pod, volume => volume.ConfigMap?.Name, source => source.ConfigMap?.Name, name)
            || Environment(pod, from => from.ConfigMapRef?.Name, variable => variable.ConfigMapKeyRef?.Name, name),
        "persistentvolumeclaims" => pod.Spec.Volumes.Any(volume => volume.PersistentVolumeClaim?.ClaimName == name),
        _ => false,
    };

    private static bool Volumes(Pod pod, Func<Volume, string?> direct, Func<VolumeProjection, string?> projected, string name) =>
        pod.Spec.Volumes.Any(volume => direct(volume) == name || (volume.Projected?.Sources.Any(source => projected(source) == name) ?? false));

    private static bool Environment(Pod pod, Func<EnvFromSource, string?> from, Func<EnvVarSource, string?> variable, string name) =>
        pod.Spec.InitContainers.Concat(pod.Spec.Containers).Any(container =>
            container.EnvFrom.Any(source => from(source) == name)
            || container.Env.Any(item => item.ValueFrom is { } value && variable(value) == name));
}
