namespace Hive;

/// <summary>
/// Log time: monotonic, stamped into every entry by the leader, never jumps, and stands still while there is no leader. Leases,
/// back-off, grace and time-to-live read it, so that an outage of the queens costs nobody a lease. Unit: 100 ns since the birth of the cluster.
/// </summary>
public readonly record struct LogTime(long Ticks) : IComparable<LogTime>
{
    public static readonly LogTime Zero;

    public int CompareTo(LogTime other) => Ticks.CompareTo(other.Ticks);
    public static LogTime operator +(LogTime time, TimeSpan span) => new(checked(time.Ticks + span.Ticks));
    public static LogTime operator -(LogTime time, TimeSpan span) => new(checked(time.Ticks - span.Ticks));
    public static TimeSpan operator -(LogTime left, LogTime right) => new(checked(left.Ticks - right.Ticks));
    public static bool operator <(LogTime left, LogTime right) => left.Ticks < right.Ticks;
    public static bool operator >(LogTime left, LogTime right) => left.Ticks > right.Ticks;
    public static bool operator <=(LogTime left, LogTime right) => left.Ticks <= right.Ticks;
    public static bool operator >=(LogTime left, LogTime right) => left.Ticks >= right.Ticks;
}

/// <summary>
/// What people call the time. Never goes back along the log, may freeze. Only cron, certificates and printed times may read it.
/// Unit: 100 ns since 0001-01-01T00:00:00Z (as <see cref="DateTime.Ticks"/>).
/// </summary>
public readonly record struct WallTime(long Ticks) : IComparable<WallTime>
{
    public int CompareTo(WallTime other) => Ticks.CompareTo(other.Ticks);

    /// <summary>The same instant as a UTC date.</summary>
    public DateTime ToDateTime() => new(Ticks, DateTimeKind.Utc);
}

/// <summary>The two clocks that the leader stamps into an entry.</summary>
public readonly record struct Stamp(LogTime Log, WallTime Wall);
