using System.Globalization;
using Hive.Drone.Pods;
using Hive.Objects;

namespace Hive.Drone.Tests.Support;

/// <summary>A unique pod whose start is held up: what its container needs is asked of queens that cannot be reached for longer than the session lives. By then the pod may run elsewhere.</summary>
internal static class HeldUpStart
{
    /// <summary>The order of then is void, though the drone has a session when it can be carried out; the pod starts under a new one.</summary>
    public static async Task IsVoidAsync(DroneUnderTest drone, Pod pod)
    {
        string name = pod.Metadata.Name!;
        var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        drone.Queens.Hold = hold.Task;
        drone.Queens.ConfigMaps["settings"] = new ConfigMap { Data = StringMap.Of(("WORD", "x")) };
        drone.Queens.Put(Unique(pod, new EnvVar { Name = "WORD", ValueFrom = new EnvVarSource { ConfigMapKeyRef = new ConfigMapKeySelector { Name = "settings", Key = "WORD" } } }));
        await drone.UntilAsync("the start is held up", () => drone.Queens.Held > 0, 30);
        HostTime held = Boottime();
        await drone.UntilAsync("the session of then would have ended, had it not been renewed", () => Boottime() > held + QueensInMemory.SessionLife);

        drone.Queens.Hold = null;
        hold.SetResult();

        await drone.UntilAsync("the late start is void", () => drone.Queens.HasEventThatSays("the session under which it was to start ended"));
        await drone.UntilAsync("it runs under a new order", () => drone.Queens.StatusOf(name).Phase == PodPhase.Running, 30);
    }

    /// <summary>Time since boot, to the hundredth of a second.</summary>
    public static HostTime Boottime() => new((long)(decimal.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture) * TimeSpan.TicksPerSecond));

    private static Pod Unique(Pod pod, EnvVar needed)
    {
        Container only = pod.Spec.Containers[0];
        return pod with
        {
            Metadata = pod.Metadata with { Annotations = StringMap.Of(("hive.io/unique", "true")) },
            Spec = pod.Spec with { Containers = [only with { Env = [.. only.Env, needed] }] },
        };
    }
}
