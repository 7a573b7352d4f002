using System.Globalization;
using System.Text.RegularExpressions;
using Hive.Composition;

namespace Hive.Commands;

/// <summary>A point of history as people name it: a revision, or a time. Exactly one is set.</summary>
internal readonly record struct Moment(long? Revision, DateTimeOffset? Time)
{
    private static readonly Regex Span = new(@"^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$", RegexOptions.CultureInvariant);

    public const string Forms = "a revision (417), a time (2026-11-25T20:00:00Z), or how long ago (10m ago, -1h30m)";

    /// <summary>Reads a revision, a time of RFC 3339, or a time before <paramref name="now"/>.</summary>
    /// <exception cref="UsageException">It is none of them.</exception>
    public static Moment Parse(string text, DateTimeOffset now)
    {
        string trimmed = text.Trim();
        if (long.TryParse(trimmed, NumberStyles.None, CultureInfo.InvariantCulture, out long revision) && revision > 0) return new Moment(revision, null);
        if (TryAgo(trimmed, out TimeSpan ago)) return new Moment(null, now - ago);
        bool hasZone = trimmed.EndsWith('Z') || (trimmed.Length > 6 && trimmed[^6] is '+' or '-' && trimmed[^3] == ':');
        if (hasZone && DateTimeOffset.TryParse(trimmed, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTimeOffset time)) return new Moment(null, time);
        throw new UsageException($"\"{text}\" is no point in time; it can be {Forms}");
    }

    /// <summary>Reads a length of time such as <c>3d</c>, <c>1h30m</c> or <c>45s</c>.</summary>
    public static bool TrySpan(string text, out TimeSpan span)
    {
        span = default;
        if (text.Length == 0 || Span.Match(text) is not { Success: true } match) return false;
        span = new TimeSpan(Part(match, 1), Part(match, 2), Part(match, 3), Part(match, 4));
        return true;
    }

    private static bool TryAgo(string text, out TimeSpan ago)
    {
        ago = default;
        string? span = text.EndsWith(" ago", StringComparison.Ordinal) ? text[..^4] : text.StartsWith('-') ? text[1..] : null;
        return span is not null && TrySpan(span, out ago);
    }

    // Longer than history is ever kept, and far below what a time span can hold.
    private static int Part(Match match, int group) =>
        match.Groups[group].Success ? (int)Math.Min(1_000_000, long.Parse(match.Groups[group].ValueSpan[..Math.Min(9, match.Groups[group].Length)], CultureInfo.InvariantCulture)) : 0;
}
