using Hive.Objects;

namespace Hive.Control;

/// <summary>Between the log's clocks and the one-second times that objects carry. Deadlines are rounded up: never early.</summary>
public static class Times
{
    /// <summary>The second that contains the instant.</summary>
    public static Time ToTime(this WallTime wall) => new((wall.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond);

    /// <summary>The start of the second.</summary>
    public static WallTime ToWall(this Time time) => new(DateTime.UnixEpoch.Ticks + time.UnixSeconds * TimeSpan.TicksPerSecond);

    /// <summary>
    /// The first second at which at least <paramref name="seconds"/> have passed since <paramref name="since"/>, whatever fraction its
    /// rounding cut off.
    /// </summary>
    public static Time Deadline(this Time since, long seconds) => since.AddSeconds(seconds == 0 ? 0 : seconds + 1);

    /// <summary>True once the deadline is reached.</summary>
    public static bool HasReached(this Stamp now, Time deadline) => now.Wall.Ticks >= deadline.ToWall().Ticks;
}
