using System.Collections.Immutable;
using Hive.Jepsen.Clients;
using Hive.Jepsen.Histories;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Workloads;

/// <summary>One watch from its opening to its end.</summary>
/// <param name="Next">Where the next watch begins so that nothing is missed or told twice.</param>
/// <param name="SawEnd">Whether the key came by that ends the workload.</param>
internal sealed record Follower(long Next, bool SawEnd)
{
    /// <summary>Watches keys from a revision on, and records what was told.</summary>
    /// <param name="most">Gives up after so many messages.</param>
    /// <param name="idle">Gives up when nothing comes for so long.</param>
    public static async Task<Follower> RunAsync(MemberClient client, Recorder recorder, long from, int most, string end, TimeSpan idle, CancellationToken stop)
    {
        int index = recorder.Invoke();
        long invoked = recorder.Now, next = from;
        var told = ImmutableArray.CreateBuilder<WatchMessage>();
        bool sawEnd = false;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(idle);
        await foreach (WatchMessage message in client.WatchAsync(end[..(end.IndexOf('/', StringComparison.Ordinal) + 1)], from, limit.Token))
        {
            told.Add(message);
            if (message.CompactedAt > 0) next = message.CompactedAt;
            else if (!message.Created && !message.Ended) next = Math.Max(next, (message.Changes.Count > 0 ? message.Changes[^1].ModRevision : message.Revision) + 1);
            sawEnd |= message.Changes.Any(c => c.Key == end);
            if (sawEnd || told.Count >= most) break;
            limit.CancelAfter(idle);
        }
        var action = new Action.Watched(from, told.ToImmutable());
        recorder.Complete(new Operation(index, recorder.NewProcess(), "watch", action, Outcome.Ok, invoked, recorder.Now) { Member = client.Member });
        return new Follower(next, sawEnd);
    }
}
