namespace Hive.Drone.Pods;

/// <summary>When must a pod that is being stopped be dead? A later wish may shorten the time, never lengthen it; preStop counts against it.</summary>
public static class GracePeriod
{
    public static HostTime KillBy(HostTime? already, HostTime now, TimeSpan grace)
    {
        HostTime wish = now + grace;
        return already is { } known && known < wish ? known : wish;
    }

    /// <summary>What is left of it, never below zero.</summary>
    public static TimeSpan Left(HostTime killBy, HostTime now) => killBy > now ? killBy - now : TimeSpan.Zero;
}
