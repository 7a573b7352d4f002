using System.Buffers;
using System.Collections.Immutable;
using Hive.Store;

namespace Hive.Queen.Core;

/// <summary>
/// Folds lease renewals that arrive close together into one entry: one proposal is under way at a time, and the next leaves when
/// it is done and <see cref="QueenLimits.RenewalInterval"/> has passed; at once when nothing is under way.
/// </summary>
internal sealed class LeaseRenewals(QueenLimits limits, Func<LeaseRenewCommand, TimeSpan, ulong> propose, Action<CoreAnswer> answer)
{
    private readonly List<(ulong Number, LeaseId Lease)> _gathered = [];
    private List<(ulong Number, LeaseId Lease)> _underWay = [];
    private SortedDictionary<LeaseId, int> _places = [];
    private ulong _proposal;
    private TimeSpan _next;

    public void Renew(ulong number, LeaseId lease)
    {
        if (_gathered.Count >= limits.Waiters)
        {
            answer(new CoreAnswer(number, QueenCode.TooManyRequests));
            return;
        }
        _gathered.Add((number, lease));
    }

    /// <summary>Proposes what has gathered, when it is time.</summary>
    public void Flush(TimeSpan now)
    {
        if (_proposal != 0 || _gathered.Count == 0 || now < _next) return;
        _places = [];
        int taken = Math.Min(_gathered.Count, limits.RenewalsPerEntry);
        _underWay = _gathered.GetRange(0, taken);
        _gathered.RemoveRange(0, taken);
        foreach (var (_, lease) in _underWay) _places.TryAdd(lease, 0);
        ImmutableArray<LeaseId> leases = [.. _places.Keys];
        for (int i = 0; i < leases.Length; i++) _places[leases[i]] = i;
        _next = now + limits.RenewalInterval;
        _proposal = propose(new LeaseRenewCommand(leases), now);
    }

    /// <summary>False: the number is not that of a renewal.</summary>
    public bool TryTake(CoreAnswer of)
    {
        if (of.Number != _proposal || _proposal == 0) return false;
        _proposal = 0;
        ImmutableArray<long> granted = of.Applied?.Result is LeaseRenewResult renewed ? renewed.TimeToLiveSeconds : default;
        foreach (var (number, lease) in _underWay)
        {
            long seconds = granted.IsDefault ? 0 : granted[_places[lease]];
            answer(new CoreAnswer(number, of.Code, null, seconds));
        }
        _underWay = [];
        return true;
    }
}
