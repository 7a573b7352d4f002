using Hive.Jepsen.Checkers;
using Hive.Jepsen.Clients;
using Hive.Jepsen.Histories;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Workloads;

/// <summary>
/// Locks that live by leases: taken through Hive's lock service, held at times for longer than the lease, waited for at times for longer than
/// the lease, and used for a write that names the fencing token.
/// </summary>
public sealed class LockWorkload(Recorder clock) : IWorkload
{
    private const int Locks = 2;
    private const int ShortestLeaseSeconds = 1, LongestLeaseSeconds = 4;
    private const int LongestHoldMilliseconds = 1500;
    private const long NanosecondsOfSecond = 1_000_000_000;

    public Step Next(Random random)
    {
        string name = $"lock/{random.Next(Locks)}";
        int seconds = random.Next(ShortestLeaseSeconds, LongestLeaseSeconds + 1);
        TimeSpan work = TimeSpan.FromMilliseconds(random.Next(random.Next(3) == 0 ? LongestHoldMilliseconds : 50));
        bool renews = random.Next(2) == 0, forgets = random.Next(6) == 0;
        return new Step(name, (client, cancellation) => HoldAsync(client, name, seconds, work, renews, forgets, cancellation));
    }

    /// <summary>Each member lets a newcomer have each lock.</summary>
    public IEnumerable<Step> Final() => Enumerable.Range(0, Locks)
        .Select(l => new Step($"lock/{l}", (client, cancellation) => HoldAsync(client, $"lock/{l}", LongestLeaseSeconds, TimeSpan.Zero, false, false, cancellation)));

    public Verdict Check(IEnumerable<Operation> history) => LockChecker.Check(history);

    private async Task<Done> HoldAsync(MemberClient client, string name, int seconds, TimeSpan work, bool renews, bool forgets, CancellationToken cancellation)
    {
        var nothing = new Action.Hold(0, 0, 0, 0);
        long asked = clock.Now;
        LeaseReply lease = await client.GrantAsync(seconds, cancellation);
        if (lease.Fate != Outcome.Ok) return new Done(nothing, Outcome.Failed, 0, lease.Error);
        LockReply had = await client.LockAsync(name, lease.Lease, cancellation);
        long from = clock.Now, until = asked + lease.Seconds * NanosecondsOfSecond;
        if (had.Fate != Outcome.Ok)
        {
            // It may stand in the queue still: nobody holds by it, and it must not hold others up.
            await client.RevokeAsync(lease.Lease, cancellation);
            return new Done(nothing, Outcome.Failed, 0, had.Error);
        }
        Reply standing = await client.GetAtAsync(had.Key, had.Revision, cancellation);
        if (!standing.IsOk) return new Done(nothing, Outcome.Unknown, had.Revision, "held, but its token could not be read: " + standing.Error);
        long token = standing.Find(had.Key)?.CreateRevision ?? 0;
        if (token == 0) return new Done(new Action.Hold(from, until, 0, 0), Outcome.Ok, had.Revision, "");
        await Task.Delay(work, cancellation);
        if (renews)
        {
            long renewing = clock.Now;
            LeaseReply renewed = await client.RenewAsync(lease.Lease, cancellation);
            if (renewed is { Fate: Outcome.Ok, Seconds: > 0 } && renewing < until) until = renewing + renewed.Seconds * NanosecondsOfSecond;
        }
        Reply fenced = await client.WriteFencedAsync(had.Key, token, "fenced/" + name, MemberClient.Text(token), cancellation);
        until = Math.Min(until, clock.Now);
        if (!forgets) await client.UnlockAsync(had.Key, cancellation);
        return new Done(new Action.Hold(from, until, token, fenced is { IsOk: true, Held: true } ? fenced.Revision : 0), Outcome.Ok, had.Revision, "");
    }
}
