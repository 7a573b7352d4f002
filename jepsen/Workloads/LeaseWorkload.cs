using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Hive.Jepsen.Checkers;
using Hive.Jepsen.Clients;
using Hive.Jepsen.Histories;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Workloads;

/// <summary>Short leases, each with one key: granted, renewed, revoked or forgotten, and their keys looked at all the time through every member.</summary>
public sealed class LeaseWorkload : IWorkload
{
    private const int Slots = 16;
    private const int ShortestSeconds = 2, LongestSeconds = 5;
    private const int RecentlyLeft = 32;
    private const string Prefix = "e/";
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PollPause = TimeSpan.FromMilliseconds(250);

    private readonly (long Lease, bool Attached)[] _slots = new (long, bool)[Slots];
    private readonly ConcurrentQueue<long> _left = new();
    private readonly Lock _gate = new();

    public Step Next(Random random)
    {
        int slot = random.Next(Slots);
        (long lease, bool attached) = Slot(slot);
        if (lease == 0) return new Step("lease", (client, cancellation) => GrantAsync(client, slot, ShortestSeconds + slot % (LongestSeconds - ShortestSeconds + 1), cancellation));
        if (!attached) return new Step("lease", (client, cancellation) => AttachAsync(client, slot, lease, cancellation));
        int dice = random.Next(100);
        if (dice < 30) return new Step("lease", (client, cancellation) => RenewAsync(client, slot, lease, cancellation));
        if (dice < 36) return new Step("lease", (client, cancellation) => RevokeAsync(client, slot, lease, cancellation));
        if (dice < 44) Leave(slot, lease);
        long[] left = [.. _left];
        long looked = dice >= 70 && left.Length > 0 ? left[random.Next(left.Length)] : lease;
        return new Step("lease", (client, cancellation) => LookAsync(client, looked, cancellation));
    }

    public IEnumerable<Step> Final() => [new Step("lease", LookAtEndAsync)];

    public Verdict Check(IEnumerable<Operation> history) => LeaseChecker.Check(history);

    private static string Key(long lease) => Prefix + lease.ToString("x", CultureInfo.InvariantCulture);

    private async Task<Done> GrantAsync(MemberClient client, int slot, int seconds, CancellationToken cancellation)
    {
        LeaseReply reply = await client.GrantAsync(seconds, cancellation);
        if (reply.Fate == Outcome.Ok) Take(slot, reply.Lease);
        return new Done(new Action.Grant(reply.Lease, reply.Seconds), reply.Fate, reply.Revision, reply.Error);
    }

    private async Task<Done> AttachAsync(MemberClient client, int slot, long lease, CancellationToken cancellation)
    {
        // Its place is given up first: nobody else may attach it a second time, whatever becomes of this.
        if (!TryMarkAttached(slot, lease)) return new Done(new Action.Look(lease, false), Outcome.Failed, 0, "another one attached it meanwhile");
        Reply reply = await client.PutAsync(Key(lease), "held", cancellation, lease);
        if (!reply.IsOk) Leave(slot, lease);
        return new Done(new Action.Attach(lease), reply.Fate, reply.Revision, reply.Error);
    }

    private async Task<Done> RenewAsync(MemberClient client, int slot, long lease, CancellationToken cancellation)
    {
        LeaseReply reply = await client.RenewAsync(lease, cancellation);
        if (reply is { Fate: Outcome.Ok, Seconds: <= 0 }) Leave(slot, lease);
        return new Done(new Action.Renew(lease, reply.Seconds), reply.Fate, reply.Revision, reply.Error);
    }

    private async Task<Done> RevokeAsync(MemberClient client, int slot, long lease, CancellationToken cancellation)
    {
        Leave(slot, lease);
        LeaseReply reply = await client.RevokeAsync(lease, cancellation);
        return new Done(new Action.Revoke(lease), reply.Fate, reply.Revision, reply.Error);
    }

    private static async Task<Done> LookAsync(MemberClient client, long lease, CancellationToken cancellation)
    {
        Reply reply = await client.GetAsync(Key(lease), cancellation);
        return new Done(new Action.Look(lease, reply.Pairs.Count > 0), reply.Fate, reply.Revision, reply.Error);
    }

    /// <summary>Nobody renews any more: waits for all keys to go, for longer than any lease lasts.</summary>
    private static async Task<Done> LookAtEndAsync(MemberClient client, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(EndPatience);
        while (true)
        {
            Reply reply = await client.GetPrefixAsync(Prefix, cancellation);
            ImmutableArray<long> present = [.. reply.Pairs.Select(p => long.Parse(p.Key[Prefix.Length..], NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
            if ((reply.IsOk && present.IsEmpty) || limit.IsCancellationRequested) return new Done(new Action.LookAtEnd(present), reply.Fate, reply.Revision, reply.Error);
            await Task.Delay(PollPause, limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private (long Lease, bool Attached) Slot(int slot)
    {
        lock (_gate) return _slots[slot];
    }

    private void Take(int slot, long lease)
    {
        lock (_gate)
        {
            if (_slots[slot].Lease == 0) _slots[slot] = (lease, false);
        }
    }

    private bool TryMarkAttached(int slot, long lease)
    {
        lock (_gate)
        {
            if (_slots[slot] != (lease, false)) return false;
            _slots[slot] = (lease, true);
            return true;
        }
    }

    private void Leave(int slot, long lease)
    {
        lock (_gate)
        {
            if (_slots[slot].Lease == lease) _slots[slot] = default;
        }
        _left.Enqueue(lease);
        while (_left.Count > RecentlyLeft) _left.TryDequeue(out _);
    }
}
