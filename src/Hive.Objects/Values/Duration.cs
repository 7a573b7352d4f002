using System.Globalization;
using System.Text;

namespace Hive.Objects;

/// <summary>A span of time in nanoseconds; as text a sequence of numbers with units (<c>1h15m30.5s</c>).</summary>
public readonly record struct Duration(long Nanoseconds)
{
    private const long PerMicrosecond = 1_000;
    private const long PerMillisecond = 1_000_000;
    private const long PerSecond = 1_000_000_000;
    private const long PerMinute = 60 * PerSecond;
    private const long PerHour = 60 * PerMinute;

    public static Duration FromSeconds(long seconds) => new(checked(seconds * PerSecond));

    /// <summary>Reads a signed sequence such as <c>-1.5h</c>, <c>300ms</c> or <c>2h45m</c>; units ns, us, µs, ms, s, m, h.</summary>
    public static bool TryParse(string text, out Duration duration)
    {
        duration = default;
        var rest = text.AsSpan();
        var negative = false;
        if (rest.Length > 0 && rest[0] is '-' or '+')
        {
            negative = rest[0] == '-';
            rest = rest[1..];
        }
        if (rest is "0") return true;
        if (rest.IsEmpty) return false;
        Int128 total = 0;
        while (!rest.IsEmpty)
        {
            var number = 0;
            while (number < rest.Length && (char.IsAsciiDigit(rest[number]) || rest[number] == '.')) number++;
            var unitEnd = number;
            while (unitEnd < rest.Length && !char.IsAsciiDigit(rest[unitEnd]) && rest[unitEnd] != '.') unitEnd++;
            if (!decimal.TryParse(rest[..number], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)) return false;
            if (!TryUnit(rest[number..unitEnd], out var unit) || value > long.MaxValue / unit) return false;
            total += (Int128)(value * unit);
            rest = rest[unitEnd..];
        }
        if (total > long.MaxValue) return false;
        duration = new Duration(negative ? -(long)total : (long)total);
        return true;
    }

    public override string ToString()
    {
        if (Nanoseconds == 0) return "0s";
        var text = new StringBuilder();
        var left = (ulong)(Nanoseconds < 0 ? -(Int128)Nanoseconds : Nanoseconds);
        if (Nanoseconds < 0) text.Append('-');
        if (left < PerSecond)
        {
            var (unit, name) = left < PerMicrosecond ? (1L, "ns") : left < PerMillisecond ? (PerMicrosecond, "µs") : (PerMillisecond, "ms");
            return text.Append(((decimal)left / unit).ToString("0.######", CultureInfo.InvariantCulture)).Append(name).ToString();
        }
        var hours = left / PerHour;
        var minutes = left % PerHour / PerMinute;
        if (hours > 0) text.Append(CultureInfo.InvariantCulture, $"{hours}h");
        if (hours > 0 || minutes > 0) text.Append(CultureInfo.InvariantCulture, $"{minutes}m");
        return text.Append(((decimal)(left % PerMinute) / PerSecond).ToString("0.#########", CultureInfo.InvariantCulture)).Append('s').ToString();
    }

    private static bool TryUnit(ReadOnlySpan<char> name, out long unit)
    {
        unit = name switch
        {
            "ns" => 1,
            "us" or "µs" or "μs" => PerMicrosecond,
            "ms" => PerMillisecond,
            "s" => PerSecond,
            "m" => PerMinute,
            "h" => PerHour,
            _ => 0,
        };
        return unit != 0;
    }
}
