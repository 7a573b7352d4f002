using System.Globalization;

namespace Hive.Objects;

/// <summary>A point in wall time with a resolution of one second; RFC 3339 in UTC as text (<c>2026-01-02T03:04:05Z</c>).</summary>
public readonly record struct Time(long UnixSeconds) : IComparable<Time>
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>The second that contains <paramref name="wall"/>.</summary>
    public static Time From(DateTimeOffset wall) => new(wall.ToUnixTimeSeconds());

    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.FromUnixTimeSeconds(UnixSeconds);

    public Time AddSeconds(long seconds) => new(checked(UnixSeconds + seconds));

    /// <summary>Reads RFC 3339 with any offset; a fraction of a second is cut off.</summary>
    public static bool TryParse(string text, out Time time)
    {
        time = default;
        if (!Rfc3339.TryParse(text, out var micros)) return false;
        time = new Time((long)Math.Floor((decimal)micros / 1_000_000));
        return true;
    }

    public int CompareTo(Time other) => UnixSeconds.CompareTo(other.UnixSeconds);
    public static bool operator <(Time left, Time right) => left.UnixSeconds < right.UnixSeconds;
    public static bool operator >(Time left, Time right) => left.UnixSeconds > right.UnixSeconds;
    public static bool operator <=(Time left, Time right) => left.UnixSeconds <= right.UnixSeconds;
    public static bool operator >=(Time left, Time right) => left.UnixSeconds >= right.UnixSeconds;
    public static TimeSpan operator -(Time left, Time right) => TimeSpan.FromSeconds(left.UnixSeconds - right.UnixSeconds);

    public override string ToString() => ToDateTimeOffset().ToString(Format, CultureInfo.InvariantCulture);
}

/// <summary>A point in wall time with a resolution of one microsecond (<c>2026-01-02T03:04:05.000006Z</c>).</summary>
public readonly record struct MicroTime(long UnixMicroseconds) : IComparable<MicroTime>
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    public static MicroTime From(DateTimeOffset wall) => new((wall.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond);

    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.UnixEpoch.AddTicks(UnixMicroseconds * TimeSpan.TicksPerMicrosecond);

    /// <summary>The second that contains this point.</summary>
    public Time ToTime() => new((long)Math.Floor((decimal)UnixMicroseconds / 1_000_000));

    public static bool TryParse(string text, out MicroTime time)
    {
        time = default;
        if (!Rfc3339.TryParse(text, out var micros)) return false;
        time = new MicroTime(micros);
        return true;
    }

    public int CompareTo(MicroTime other) => UnixMicroseconds.CompareTo(other.UnixMicroseconds);

    public override string ToString() => ToDateTimeOffset().ToString(Format, CultureInfo.InvariantCulture);
}

/// <summary>The date-time syntax of RFC 3339 §5.6, years 1 to 9999.</summary>
internal static class Rfc3339
{
    internal static bool TryParse(string text, out long unixMicroseconds)
    {
        unixMicroseconds = 0;
        // DateTimeOffset's parser accepts much more than RFC 3339: the shape is checked first.
        if (text.Length < 20 || text[4] != '-' || text[7] != '-' || text[10] is not ('T' or 't') || text[13] != ':' || text[16] != ':') return false;
        var at = 19;
        if (text[at] == '.')
        {
            at++;
            var digits = at;
            while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
            if (at == digits) return false;
        }
        var zone = text.AsSpan(at);
        if (zone is not ("Z" or "z") && !(zone.Length == 6 && zone[0] is '+' or '-' && zone[3] == ':')) return false;
        // More digits than seven would be refused; what is below a microsecond is cut anyway.
        var trimmed = at - 19 > 8 ? string.Concat(text.AsSpan(0, 27), zone) : text;
        if (!DateTimeOffset.TryParse(trimmed, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var parsed)) return false;
        unixMicroseconds = MicroTime.From(parsed).UnixMicroseconds;
        return true;
    }
}
