using System.Collections.Immutable;
using Hive.Drone.Variables;
using Hive.Objects;

namespace Hive.Drone.Shell;

/// <summary>Fetches what pods are made from: ConfigMaps, Secrets, services, tokens.</summary>
internal sealed class ObjectSources(IQueenLink link, Func<PodFacts> node)
{
    /// <summary>Everything named, or null with a problem when the queens cannot be asked. What they do not have is null in the answer.</summary>
    public async Task<(VariableSources? Sources, string Problem)> FetchAsync(
        Pod pod, SortedSet<string> maps, SortedSet<string> secrets, bool withServices, string podAddress, CancellationToken cancellation)
    {
        VariableSources sources = VariableSources.Empty(node() with { PodAddress = podAddress });
        foreach (string name in maps)
        {
            LinkAnswer<ConfigMap> answer = await link.GetConfigMapAsync(pod.Namespace, name, cancellation);
            if (!answer.Ok && answer.Fate != LinkFate.NotFound) return (null, $"configmap \"{name}\": {answer.Problem}");
            sources.ConfigMaps[name] = answer.Value;
        }
        foreach (string name in secrets)
        {
            LinkAnswer<Secret> answer = await link.GetSecretAsync(pod.Namespace, name, cancellation);
            if (!answer.Ok && answer.Fate != LinkFate.NotFound) return (null, $"secret \"{name}\": {answer.Problem}");
            sources.Secrets[name] = answer.Value;
        }
        if (!withServices) return (sources, "");
        var services = ImmutableArray.CreateBuilder<Service>();
        LinkAnswer<ImmutableArray<Service>> own = await link.ListServicesAsync(pod.Namespace, cancellation);
        // The master service is known in every namespace.
        LinkAnswer<ImmutableArray<Service>> master = pod.Namespace == "default" ? own : await link.ListServicesAsync("default", cancellation);
        if (master.Ok) services.AddRange(master.Value.Where(s => s.Name == "kubernetes"));
        if (own.Ok) services.AddRange(own.Value);
        return (sources with { Services = services.ToImmutable() }, "");
    }

    public Task<LinkAnswer<string>> TokenAsync(Pod pod, string audience, long seconds, CancellationToken cancellation) =>
        link.RequestTokenAsync(pod, audience, seconds, cancellation);

    /// <summary>Credentials for a registry out of the pod's pull secrets (dockerconfigjson), or null.</summary>
    public async Task<Runtimes.RegistryCredential?> CredentialAsync(Pod pod, string registry, CancellationToken cancellation)
    {
        foreach (LocalObjectReference reference in pod.Spec.ImagePullSecrets)
        {
            LinkAnswer<Secret> answer = await link.GetSecretAsync(pod.Namespace, reference.Name, cancellation);
            if (!answer.Ok || !answer.Value!.Data.TryGetValue(".dockerconfigjson", out Bytes bytes)) continue;
            if (PullSecrets.TryFind(bytes.Memory, registry) is { } credential) return credential;
        }
        return null;
    }
}
