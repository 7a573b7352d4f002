using Hive.Raft;
using Hive.Simulation.Clients;
using Hive.Simulation.World;
using Hive.Store;

namespace Hive.Simulation.Checkers;

/// <summary>
/// A naive model of leases and of the one key that hangs on them: a lease ends when the log's time says so, a key may be put under a living lease only,
/// and goes with it. It shares no code with the store.
/// </summary>
internal sealed class LeaseModel
{
    private readonly SortedDictionary<LeaseId, (long Seconds, LogTime Deadline)> _leases = [];
    private LeaseId _holder;
    private LogTime _now;

    public void Apply(Entry entry, Command? command, ApplyResult result)
    {
        if (entry.Stamp.Log > _now) _now = entry.Stamp.Log;
        foreach (var (lease, (_, deadline)) in _leases.ToArray())
            if (deadline <= _now) End(lease);
        switch (command)
        {
            case LeaseGrantCommand grant when result.Error == StoreError.None:
                _leases.Add(grant.Lease, (grant.TimeToLiveSeconds, _now + TimeSpan.FromSeconds(grant.TimeToLiveSeconds)));
                break;
            case LeaseRevokeCommand revoke:
                End(revoke.Lease);
                break;
            case LeaseRenewCommand renew:
                Renew(renew, result);
                break;
            case MutateCommand { Operation: TxnOperation { Success: [PutOperation put] } } when put.Key.Span.SequenceEqual(LockClient.LockKey):
                Take(entry, put, result);
                break;
        }
    }

    private void End(LeaseId lease)
    {
        _leases.Remove(lease);
        if (_holder == lease) _holder = default;
    }

    private void Renew(LeaseRenewCommand renew, ApplyResult result)
    {
        var seconds = (result.Result as LeaseRenewResult)?.TimeToLiveSeconds ?? [];
        for (int i = 0; i < renew.Leases.Length; i++)
        {
            var lease = renew.Leases[i];
            bool lives = _leases.TryGetValue(lease, out var known);
            Violation.Unless(i < seconds.Length && seconds[i] == (lives ? known.Seconds : 0), "leases-end-when-the-log-says", () => $"renewal of {lease} at {result.Index}: {(i < seconds.Length ? seconds[i] : -1)} s, alive: {lives}");
            if (lives) _leases[lease] = known with { Deadline = _now + TimeSpan.FromSeconds(known.Seconds) };
        }
    }

    private void Take(Entry entry, PutOperation put, ApplyResult result)
    {
        bool free = _holder.IsNone, lives = _leases.ContainsKey(put.Lease);
        bool taken = result.Result is TxnResult { Succeeded: true };
        Violation.Unless(!taken || lives, "locks-need-a-living-lease", () => $"{entry}: the lock was taken under {put.Lease}, which is over");
        Violation.Unless(taken == (free && lives), "lease-exclusivity", () => $"{entry}: lock {(taken ? "taken" : "refused")}, free: {free}, lease alive: {lives}");
        if (taken) _holder = put.Lease;
    }
}
