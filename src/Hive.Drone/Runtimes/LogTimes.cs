using System.Globalization;

namespace Hive.Drone.Runtimes;

/// <summary>RFC 3339 times with up to nanoseconds, as container logs carry them.</summary>
internal static class LogTimes
{
    public static bool TryParse(string text, out DateTimeOffset time)
    {
        time = default;
        if (text.Length < 20) return false;
        // .NET reads 100 ns at the finest.
        int dot = text.IndexOf('.', StringComparison.Ordinal);
        int end = dot + 1;
        while (dot > 0 && end < text.Length && char.IsAsciiDigit(text[end])) end++;
        string cut = dot > 0 && end - dot > 8 ? string.Concat(text.AsSpan(0, dot + 8), text.AsSpan(end)) : text;
        return DateTimeOffset.TryParse(cut, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
    }

    public static WallTime? Wall(string? text) => text is not null && TryParse(text, out DateTimeOffset time) && time.Year > 1 ? new WallTime(time.UtcTicks) : null;

    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture);
}
