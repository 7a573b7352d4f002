using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace Hive.Client.Kubernetes;

/// <summary>News of a collection: a chain of revisions. Absence means "gone" only in a complete set.</summary>
public abstract record News
{
    /// <summary>All objects of the collection as of a revision.</summary>
    public sealed record Complete(long Revision, IReadOnlyList<JsonObject> Items) : News;

    /// <summary>One object changed.</summary>
    public sealed record Changed(long Revision, JsonObject Item) : News;

    /// <summary>One object is gone; the item is its last state.</summary>
    public sealed record Gone(long Revision, JsonObject Item) : News;

    /// <summary>No queen answers, or it refused; what was learnt so far still stands. The reader goes on trying.</summary>
    public sealed record Interrupted(string Problem) : News;
}

/// <summary>Lists a collection and then follows it for ever: on a broken watch it resumes at the last revision, on a compacted one it lists anew.</summary>
public static class Reflection
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Ends only by cancellation.</summary>
    /// <param name="collection">Path with an optional query, e.g. <c>/api/v1/pods?fieldSelector=spec.nodeName%3Dn1</c>.</param>
    public static async IAsyncEnumerable<News> FollowAsync(
        KubernetesClient client, string collection, TimeProvider clock, [EnumeratorCancellation] CancellationToken cancellation)
    {
        char joint = collection.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        while (!cancellation.IsCancellationRequested)
        {
            ApiAnswer list = await client.GetAsync(collection, cancellation);
            if (!list.Ok || !long.TryParse(list.ResourceVersion, out long at))
            {
                yield return new News.Interrupted(list.Message);
                await Task.Delay(Pause, clock, cancellation);
                continue;
            }
            yield return new News.Complete(at, Items(list.Body));
            bool compacted = false;
            while (!compacted && !cancellation.IsCancellationRequested)
            {
                string path = $"{collection}{joint}watch=true&allowWatchBookmarks=true&resourceVersion={at}";
                bool anything = false;
                await foreach (WatchLine line in client.WatchAsync(path, cancellation))
                {
                    if (line.Type == "ERROR")
                    {
                        compacted = (int?)line.Object["code"] == 410;
                        if (!compacted) yield return new News.Interrupted((string?)line.Object["message"] ?? "the watch was refused");
                        break;
                    }
                    anything = true;
                    if (long.TryParse((string?)line.Object["metadata"]?["resourceVersion"], out long revision)) at = Math.Max(at, revision);
                    if (line.Type == "DELETED") yield return new News.Gone(revision, line.Object);
                    else if (line.Type is "ADDED" or "MODIFIED") yield return new News.Changed(revision, line.Object);
                }
                if (!anything && !compacted) await Task.Delay(Pause, clock, cancellation);
            }
        }
    }

    private static List<JsonObject> Items(JsonObject? list)
    {
        var items = new List<JsonObject>();
        if (list?["items"] is not JsonArray array) return items;
        foreach (JsonNode? item in array.ToArray())
        {
            array.Remove(item);
            if (item is JsonObject value) items.Add(value);
        }
        return items;
    }
}
