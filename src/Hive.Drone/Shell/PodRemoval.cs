using System.Collections.Immutable;
using Hive.Drone.Pods;
using Hive.Drone.Runtimes;

namespace Hive.Drone.Shell;

/// <summary>Takes down all that a drone runs, for a drone that will not come back: a demonstration, or a machine that is given away.</summary>
internal static class PodRemoval
{
    /// <summary>What a container gets to stop by itself; pods of a cluster that goes away as a whole have nobody to say good-bye to.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    public static async Task RemoveAllAsync(IContainerRuntime runtime, Action<string> log, CancellationToken cancellation)
    {
        try
        {
            ImmutableArray<ObservedPod> pods = await runtime.ListOwnAsync(cancellation);
            await Task.WhenAll(pods.Select(pod => RemoveAsync(runtime, pod, cancellation)));
        }
        catch (Exception failure) when (failure is RuntimeUnavailableException or OperationCanceledException)
        {
            log($"not all pods could be taken down: {failure.Message}");
        }
    }

    private static async Task RemoveAsync(IContainerRuntime runtime, ObservedPod pod, CancellationToken cancellation)
    {
        await Task.WhenAll(pod.Containers.Select(async container =>
        {
            await runtime.StopContainerAsync(container.RuntimeId, null, Grace, cancellation);
            await runtime.RemoveAsync(container.RuntimeId, cancellation);
        }));
        if (pod.Sandbox is not { } sandbox) return;
        await runtime.StopSandboxAsync(sandbox.RuntimeId, cancellation);
        await runtime.RemoveAsync(sandbox.RuntimeId, cancellation);
    }
}
