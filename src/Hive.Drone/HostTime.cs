namespace Hive.Drone;

/// <summary>
/// Monotonic time of this machine, counting suspension (CLOCK_BOOTTIME). Unit: 100 ns since boot. Never compared with another machine's, and
/// meaningless after a reboot.
/// </summary>
public readonly record struct HostTime(long Ticks) : IComparable<HostTime>
{
    public static readonly HostTime Zero;

    public int CompareTo(HostTime other) => Ticks.CompareTo(other.Ticks);
    public static HostTime operator +(HostTime time, TimeSpan span) => new(checked(time.Ticks + span.Ticks));
    public static HostTime operator -(HostTime time, TimeSpan span) => new(checked(time.Ticks - span.Ticks));
    public static TimeSpan operator -(HostTime left, HostTime right) => new(checked(left.Ticks - right.Ticks));
    public static bool operator <(HostTime left, HostTime right) => left.Ticks < right.Ticks;
    public static bool operator >(HostTime left, HostTime right) => left.Ticks > right.Ticks;
    public static bool operator <=(HostTime left, HostTime right) => left.Ticks <= right.Ticks;
    public static bool operator >=(HostTime left, HostTime right) => left.Ticks >= right.Ticks;

    /// <summary>The earlier of two, where null means "never".</summary>
    public static HostTime? Earlier(HostTime? left, HostTime? right) =>
        left is { } a && right is { } b ? (a < b ? a : b) : left ?? right;
}

/// <summary>The two clocks of a decision: one to wait by, one to print.</summary>
public readonly record struct DroneNow(HostTime Host, WallTime Wall);
