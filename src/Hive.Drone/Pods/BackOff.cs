namespace Hive.Drone.Pods;

/// <summary>Pauses that double: pure functions of how often something failed in a row.</summary>
public static class BackOff
{
    /// <summary>Before the next start of a container or pull of an image: none after the first failure of a container, then 10 s ... 300 s.</summary>
    /// <param name="level">Failures before this one.</param>
    public static TimeSpan Restart(int level) => level <= 0 ? TimeSpan.Zero : Doubled(DroneLimits.FirstBackOff, level - 1, DroneLimits.LongestBackOff);

    /// <summary>Before an image is asked for again: 10 s ... 300 s.</summary>
    public static TimeSpan Image(int failures) => Doubled(DroneLimits.FirstBackOff, failures, DroneLimits.LongestBackOff);

    /// <summary>Before something that is likely to mend soon is tried again: 1 s ... 10 s.</summary>
    public static TimeSpan Retry(int failures) => Doubled(DroneLimits.FirstRetry, failures, DroneLimits.LongestRetry);

    private static TimeSpan Doubled(TimeSpan first, int times, TimeSpan longest)
    {
        TimeSpan pause = first;
        for (int i = 0; i < times && pause < longest; i++) pause *= 2;
        return pause < longest ? pause : longest;
    }
}
