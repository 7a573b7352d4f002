using Hive.Drone.Pods;
using Hive.Drone.Runtimes;
using Hive.Drone.Runtimes.Docker;

namespace Hive.Drone.Shell;

/// <summary>Carries orders out: the only place where a plan becomes an effect. It decides nothing; whatever goes wrong is an outcome.</summary>
internal sealed class OrderCarrier(
    IContainerRuntime runtime, VolumeKeeper volumes, ContainerSpecs specs, ObjectSources sources, ProbeRunner probes, string hostAddress)
{
    /// <summary>A hook without a deadline of its own may take this long.</summary>
    private static readonly TimeSpan LongestHook = TimeSpan.FromMinutes(10);

    public async Task<OrderOutcome> CarryAsync(Order order, CancellationToken cancellation)
    {
        try
        {
            return order switch
            {
                Order.EnsureImage image => await EnsureImageAsync(image, cancellation),
                Order.PrepareVolume volume => await volumes.PrepareAsync(volume.Of, volume.Volume, cancellation),
                Order.StartSandbox sandbox => await runtime.StartSandboxAsync(ContainerSpecs.Sandbox(sandbox.Of, sandbox.Attempt), cancellation),
                Order.StopSandbox sandbox => await runtime.StopSandboxAsync(sandbox.RuntimeId, cancellation),
                Order.StartContainer start => await StartAsync(start, cancellation),
                Order.StopContainer stop => await runtime.StopContainerAsync(stop.RuntimeId, stop.Signal, GracePeriod.Left(stop.KillAt, HostCalls.Boottime()), cancellation),
                Order.Probe probe => await probes.ProbeAsync(probe, cancellation),
                Order.RunHook hook => await probes.HookAsync(hook, hook.Until is { } until ? GracePeriod.Left(until, HostCalls.Boottime()) : LongestHook, cancellation),
                Order.Remove remove => await runtime.RemoveAsync(remove.RuntimeId, cancellation),
                Order.CleanUp clean => volumes.CleanUp(clean.Pod),
                _ => throw Invariant.Fail("an order that nobody carries out"),
            };
        }
        catch (RuntimeUnavailableException failure)
        {
            return OrderOutcome.Retry("ContainerRuntimeUnavailable", failure.Message);
        }
        catch (Exception failure) when (failure is not (OperationCanceledException or InvariantViolation))
        {
            // Whatever a pod's own words lead to is that pod's trouble, and must not take the node down.
            return OrderOutcome.Retry("CreateContainerError", $"{failure.GetType().Name}: {failure.Message}");
        }
    }

    private async Task<OrderOutcome> EnsureImageAsync(Order.EnsureImage order, CancellationToken cancellation)
    {
        RegistryCredential? credential = null;
        if (order.Of.Pod.Spec.ImagePullSecrets.Count > 0 && ImageReference.TryParse(order.Reference, out ImageReference reference))
        {
            credential = await sources.CredentialAsync(order.Of.Pod, reference.Registry, cancellation);
        }
        return await runtime.EnsureImageAsync(order.Reference, order.Policy, credential, cancellation);
    }

    private async Task<OrderOutcome> StartAsync(Order.StartContainer order, CancellationToken cancellation)
    {
        (ContainerSpec? spec, OrderOutcome problem) = await specs.ContainerAsync(order, hostAddress, cancellation);
        return spec is null ? problem : await runtime.StartContainerAsync(spec, cancellation);
    }
}
