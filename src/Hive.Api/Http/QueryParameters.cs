using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Hive.Api.Http;

/// <summary>The query of a request, with Kubernetes' readings of it. Unknown parameters are ignored, as its clients expect.</summary>
public sealed class QueryParameters(IQueryCollection query)
{
    public string Text(string name) => query.TryGetValue(name, out var values) && values.Count > 0 ? values[0] ?? "" : "";

    public bool Has(string name) => query.ContainsKey(name);

    public IEnumerable<string> All(string name) =>
        query.TryGetValue(name, out var values) ? values.Where(value => value is not null).Select(value => value!) : [];

    /// <summary>True for "true", "1" and the bare name; anything but the known words for false is true, as Kubernetes reads it.</summary>
    public bool Flag(string name) => Has(name) && Text(name).ToLowerInvariant() is not ("false" or "0");

    /// <summary>Null when absent or empty.</summary>
    public Outcome<long?> Number(string name)
    {
        string text = Text(name);
        if (text.Length == 0) return new Outcome<long?>((long?)null);
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            ? new Outcome<long?>(value)
            : Refusals.BadRequest($"strconv.ParseInt: parsing \"{text}\": invalid syntax");
    }

    /// <summary>A revision: empty means absent.</summary>
    public Outcome<ulong?> ResourceVersion()
    {
        string text = Text("resourceVersion");
        if (text.Length == 0) return new Outcome<ulong?>((ulong?)null);
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) && value <= long.MaxValue
            ? new Outcome<ulong?>(value)
            : Refusals.BadRequest($"resourceVersion: Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax");
    }

    /// <summary>A duration in Go's form ("2s", "1m30s", "500ms") or bare seconds; null when absent or zero.</summary>
    public Outcome<TimeSpan?> Duration(string name)
    {
        string text = Text(name);
        if (text.Length == 0) return new Outcome<TimeSpan?>((TimeSpan?)null);
        return TryParseDuration(text, out TimeSpan span)
            ? new Outcome<TimeSpan?>(span > TimeSpan.Zero ? span : null)
            : Refusals.BadDuration;
    }

    private static bool TryParseDuration(string text, out TimeSpan span)
    {
        span = TimeSpan.Zero;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long bare) && bare < 1_000_000_000)
        {
            span = TimeSpan.FromSeconds(bare);
            return true;
        }
        double seconds = 0;
        int at = 0;
        while (at < text.Length)
        {
            int digits = at;
            while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] == '.')) at++;
            if (!double.TryParse(text.AsSpan(digits, at - digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double amount)) return false;
            int unit = at;
            while (at < text.Length && !char.IsAsciiDigit(text[at]) && text[at] != '.') at++;
            double factor = text[unit..at] switch { "h" => 3600, "m" => 60, "s" => 1, "ms" => 1e-3, "us" or "µs" => 1e-6, "ns" => 1e-9, _ => -1 };
            if (factor < 0) return false;
            seconds += amount * factor;
        }
        if (seconds > 1_000_000_000) return false;
        span = TimeSpan.FromSeconds(seconds);
        return true;
    }
}
