using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hive.Jepsen.Clients;
using Hive.Jepsen.Histories;

namespace Hive.Jepsen.Workloads;

/// <summary>Follows what the store holds under a prefix from the beginning on, and keeps of it what checkers need to know of pods and ReplicaSets.</summary>
internal static class FactFollower
{
    private static readonly TimeSpan LongestIdle = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan PauseAfterEnd = TimeSpan.FromMilliseconds(100);

    public static async Task RunAsync(MemberClient client, Recorder recorder, string prefix, CancellationToken stop)
    {
        long after = 0;
        while (!stop.IsCancellationRequested)
        {
            after = await FollowAsync(client, recorder, prefix, after, stop);
            await Task.Delay(PauseAfterEnd, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>Up to which revision all was told.</returns>
    private static async Task<long> FollowAsync(MemberClient client, Recorder recorder, string prefix, long after, CancellationToken stop)
    {
        int index = recorder.Invoke();
        long invoked = recorder.Now, until = after;
        var facts = ImmutableArray.CreateBuilder<ObjectFact>();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(LongestIdle);
        await foreach (WatchMessage message in client.WatchAsync(prefix, after + 1, limit.Token))
        {
            if (message.Created || message.Ended) continue;
            facts.AddRange(message.Changes.Select(FactOf));
            until = Math.Max(until, message.Changes.Count > 0 ? message.Changes[^1].ModRevision : message.Revision);
            limit.CancelAfter(LongestIdle);
        }
        var told = new PodActions.Told(prefix, after, until, facts.ToImmutable());
        recorder.Complete(new Operation(index, recorder.NewProcess(), prefix, told, Outcome.Ok, invoked, recorder.Now));
        return until;
    }

    private static ObjectFact FactOf(Change change)
    {
        if ((change.Value ?? change.Previous) is not { } text || Parse(text) is not { } value) return new ObjectFact(change.ModRevision, change.Key, "", "", false, 0);
        JsonNode? metadata = value["metadata"];
        string phase = (string?)value["status"]?["phase"] ?? "";
        bool counts = change.Value is not null && metadata?["deletionTimestamp"] is null && phase is not ("Succeeded" or "Failed");
        string owner = (string?)(metadata?["ownerReferences"] as JsonArray)?.FirstOrDefault(o => (bool?)o?["controller"] == true)?["uid"] ?? "";
        return new ObjectFact(change.ModRevision, change.Key, (string?)metadata?["uid"] ?? "", owner, counts, (long?)value["spec"]?["replicas"] ?? 1);
    }

    private static JsonObject? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            // Not an object of these kinds.
            return null;
        }
    }
}
