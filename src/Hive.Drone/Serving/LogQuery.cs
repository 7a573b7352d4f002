using System.Globalization;
using Hive.Objects;
using Microsoft.AspNetCore.Http;

namespace Hive.Drone.Serving;

/// <summary>Which lines of a log are wanted.</summary>
public sealed record LogQuery(bool Follow, int? TailLines, DateTimeOffset? Since, bool Timestamps, bool Previous, long? LimitBytes)
{
    /// <summary>Null with a reason when a parameter is malformed.</summary>
    public static LogQuery? TryRead(IQueryCollection query, DateTimeOffset now, out string problem)
    {
        problem = "";
        int? tail = null;
        long? limit = null;
        DateTimeOffset? since = null;
        if (Text("tailLines") is { } tailText)
        {
            if (tailText != "-1")
            {
                if (!int.TryParse(tailText, NumberStyles.None, CultureInfo.InvariantCulture, out int lines)) return Fail(out problem, "tailLines must be a number that is not negative");
                tail = lines;
            }
        }
        if (Text("limitBytes") is { } limitText)
        {
            if (!long.TryParse(limitText, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) || bytes == 0) return Fail(out problem, "limitBytes must be a positive number");
            limit = bytes;
        }
        if (Text("sinceSeconds") is { } secondsText)
        {
            if (!int.TryParse(secondsText, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) || seconds == 0) return Fail(out problem, "sinceSeconds must be a positive number");
            since = now - TimeSpan.FromSeconds(seconds);
        }
        if (Text("sinceTime") is { } timeText)
        {
            if (since is not null) return Fail(out problem, "at most one of sinceTime and sinceSeconds may be given");
            if (!MicroTime.TryParse(timeText, out MicroTime time)) return Fail(out problem, "sinceTime must be a time as in RFC 3339");
            since = time.ToDateTimeOffset();
        }
        return new LogQuery(Flag("follow"), tail, since, Flag("timestamps"), Flag("previous"), limit);

        string? Text(string name) => query.TryGetValue(name, out Microsoft.Extensions.Primitives.StringValues values) && values.ToString() is { Length: > 0 } value ? value : null;
        bool Flag(string name) => Text(name) is "true" or "1" or "True" or "t" or "T";
    }

    private static LogQuery? Fail(out string problem, string words)
    {
        problem = words;
        return null;
    }
}
