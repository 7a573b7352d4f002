using System.Collections.Immutable;
using Hive.Jepsen.Checkers;
using Hive.Jepsen.Clients;
using Hive.Jepsen.Histories;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Workloads;

/// <summary>
/// Puts, deletes and small transactions under one prefix, which watchers follow through every member: they give up at times and come back, at
/// the next revision or at an older one, and history is compacted close behind them.
/// </summary>
public sealed class WatchWorkload : IWorkload
{
    private const int Keys = 8;
    private const int WatchersOfOneMember = 2;
    private const int KeptRevisions = 60;
    private const int MostMessagesOfOneWatch = 60;
    private const string Prefix = "w/";
    private const string End = Prefix + "end";
    private static readonly TimeSpan PauseAfterEnd = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestIdle = TimeSpan.FromSeconds(2);

    private long _value;
    private long _newest;

    public Step Next(Random random)
    {
        string key = Prefix + MemberClient.Text(random.Next(Keys));
        return random.Next(20) switch
        {
            0 => new Step("watch", CompactAsync),
            < 4 => new Step("watch", (client, cancellation) => DeleteAsync(client, key, cancellation)),
            < 9 => new Step("watch", (client, cancellation) => PutTogetherAsync(client, random.Next(Keys - 1), cancellation)),
            _ => new Step("watch", (client, cancellation) => PutAsync(client, key, cancellation)),
        };
    }

    /// <summary>The end, which tells the watchers that there is no more.</summary>
    public IEnumerable<Step> Final() => [new Step("watch", (client, cancellation) => PutAsync(client, End, cancellation))];

    public IEnumerable<Observer> Observers(int members, int seed) => Enumerable.Range(0, members * WatchersOfOneMember)
        .Select(w => new Observer(w % members, (client, recorder, stop) => FollowAsync(client, recorder, new Random(unchecked(seed * 7919 + w)), stop)));

    public Verdict Check(IEnumerable<Operation> history) => WatchChecker.Check(history);

    private async Task<Done> PutAsync(MemberClient client, string key, CancellationToken cancellation)
    {
        string value = NextValue();
        return Stored(await client.PutAsync(key, value, cancellation), [(key, value)]);
    }

    private async Task<Done> PutTogetherAsync(MemberClient client, int first, CancellationToken cancellation)
    {
        ImmutableArray<(string Key, string? Value)> changes = [(Prefix + MemberClient.Text(first), NextValue()), (Prefix + MemberClient.Text(first + 1), NextValue())];
        return Stored(await client.PutTogetherAsync(changes.Select(c => (c.Key, c.Value!)), cancellation), changes);
    }

    private async Task<Done> DeleteAsync(MemberClient client, string key, CancellationToken cancellation)
    {
        Reply reply = await client.DeleteAsync(key, cancellation);
        return Stored(reply, reply is { IsOk: true, Held: false } ? [] : [(key, null)]);
    }

    private async Task<Done> CompactAsync(MemberClient client, CancellationToken cancellation)
    {
        long at = Math.Max(1, Interlocked.Read(ref _newest) - KeptRevisions);
        Reply reply = await client.CompactAsync(at, cancellation);
        return new Done(new Action.Compact(at), reply.Fate, 0, reply.Error);
    }

    private Done Stored(Reply reply, ImmutableArray<(string, string?)> changes)
    {
        if (reply.Revision > Interlocked.Read(ref _newest)) Interlocked.Exchange(ref _newest, reply.Revision);
        return new Done(new Action.Store(changes), reply.Fate, reply.Revision, reply.Error);
    }

    private string NextValue() => MemberClient.Text(Interlocked.Increment(ref _value));

    /// <summary>One watch after the other until the end is seen.</summary>
    private static async Task FollowAsync(MemberClient client, Recorder recorder, Random random, CancellationToken stop)
    {
        long next = 1;
        while (!stop.IsCancellationRequested)
        {
            Follower watch = await Follower.RunAsync(client, recorder, next, random.Next(1, MostMessagesOfOneWatch), End, LongestIdle, stop);
            if (watch.SawEnd) return;
            next = watch.Next;
            // At times somebody comes back who has seen less.
            if (random.Next(4) == 0) next = Math.Max(1, next - random.Next(KeptRevisions * 2));
            await Task.Delay(PauseAfterEnd, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
