using System.Globalization;

namespace Hive.Objects;

/// <summary>Spans of time as people read them in tables: two units at most, coarser the longer ago.</summary>
public static class HumanTime
{
    private const long Minute = 60;
    private const long Hour = 60 * Minute;
    private const long Day = 24 * Hour;
    private const long Year = 365 * Day;

    /// <summary>The time from <paramref name="then"/> to <paramref name="now"/>; <c>&lt;unknown&gt;</c> when there is no time.</summary>
    public static string Since(Time? then, Time now) => then is null ? "<unknown>" : Short(now.UnixSeconds - then.Value.UnixSeconds);

    /// <summary>A span of seconds: <c>5m3s</c>, <c>2h</c>, <c>3d4h</c>, <c>2y10d</c>.</summary>
    public static string Short(long seconds)
    {
        if (seconds < -1) return "<invalid>";
        if (seconds < 0) return "0s";
        if (seconds < 2 * Minute) return One(seconds, "s");
        if (seconds < 10 * Minute) return Two(seconds / Minute, "m", seconds % Minute, "s");
        if (seconds < 3 * Hour) return One(seconds / Minute, "m");
        if (seconds < 8 * Hour) return Two(seconds / Hour, "h", seconds % Hour / Minute, "m");
        if (seconds < 2 * Day) return One(seconds / Hour, "h");
        if (seconds < 8 * Day) return Two(seconds / Day, "d", seconds % Day / Hour, "h");
        if (seconds < 2 * Year) return One(seconds / Day, "d");
        return seconds < 8 * Year ? Two(seconds / Year, "y", seconds % Year / Day, "d") : One(seconds / Year, "y");
    }

    private static string One(long amount, string unit) => amount.ToString(CultureInfo.InvariantCulture) + unit;

    private static string Two(long first, string firstUnit, long second, string secondUnit) =>
        second == 0 ? One(first, firstUnit) : One(first, firstUnit) + One(second, secondUnit);
}
