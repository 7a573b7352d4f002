using Hive.Api.Http;

namespace Hive.Api.Watch;

/// <summary>How a watch was asked for.</summary>
/// <param name="From">Null or zero: the present objects first, then what changes. Else: what changes after it.</param>
/// <param name="InitialEvents">The client wants the present objects followed by a bookmark that says "that was all".</param>
public sealed record WatchOptions(ulong? From, bool Bookmarks, bool InitialEvents, TimeSpan Lasts)
{
    public static Outcome<WatchOptions> Read(QueryParameters query, ApiLimits limits)
    {
        if (!query.ResourceVersion().TryGet(out ulong? from, out Refusal? refusal)) return refusal;
        if (!query.Number("timeoutSeconds").TryGet(out long? seconds, out refusal)) return refusal;
        if (!query.Duration("timeout").TryGet(out TimeSpan? timeout, out refusal)) return refusal;
        bool initial = query.Has("sendInitialEvents") && query.Flag("sendInitialEvents");
        string match = query.Text("resourceVersionMatch");
        if (query.Has("sendInitialEvents") && match != "NotOlderThan")
        {
            return Refusals.Invalid("ListOptions", "meta.k8s.io", "", "FieldValueForbidden", "resourceVersionMatch",
                "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
        }
        if (!query.Has("sendInitialEvents") && match.Length > 0)
        {
            return Refusals.Invalid("ListOptions", "meta.k8s.io", "", "FieldValueForbidden", "resourceVersionMatch",
                "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
        }
        TimeSpan lasts = seconds is > 0 and < 1_000_000 ? TimeSpan.FromSeconds(seconds.Value)
            : limits.WatchDefault + Random.Shared.NextDouble() * limits.WatchDefault;
        if (timeout is { } asked && asked < lasts) lasts = asked;
        return new WatchOptions(from, query.Flag("allowWatchBookmarks"), initial, lasts);
    }
}
