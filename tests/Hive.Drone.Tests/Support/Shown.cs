using Hive.Objects;

namespace Hive.Drone.Tests.Support;

/// <summary>What the queens show of a pod.</summary>
public static class Shown
{
    public static bool IsReady(DroneUnderTest drone, string pod) =>
        drone.Queens.StatusOf(pod).Conditions.Any(c => c.Type == "Ready" && c.Status == "True");

    public static ContainerStatus? Of(DroneUnderTest drone, string pod) => drone.Queens.StatusOf(pod).ContainerStatuses.FirstOrDefault();
}
