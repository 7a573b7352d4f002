using System.Security.Cryptography;
using Hive.Api.Http;
using Hive.Objects;
using Hive.Store;

namespace Hive.Api.Storage;

/// <summary>
/// Events live for an hour: they are attached to leases that nobody renews. Events written close together by one queen share a lease, so that their ends are few
/// log entries, not one each.
/// </summary>
public sealed class EventLeases(Proposals proposals, TimeProvider time)
{
    private static readonly TimeSpan Lives = TimeSpan.FromHours(1);
    private static readonly TimeSpan SharedFor = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private LeaseId _lease;
    private DateTimeOffset _until;

    /// <summary>None for every kind but Event, and when no lease can be had: an event that stays too long is better than one that is lost.</summary>
    public async ValueTask<LeaseId> ForAsync(KindDefinition kind, CancellationToken cancellation)
    {
        if (kind.Kind != "Event") return LeaseId.None;
        await _gate.WaitAsync(cancellation);
        try
        {
            DateTimeOffset now = time.GetUtcNow();
            if (now < _until) return _lease;
            var lease = new LeaseId(BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8)) & long.MaxValue | 1);
            Outcome<ApplyResult> granted = await proposals.GrantAsync(new LeaseGrantCommand(lease, (long)(Lives + SharedFor).TotalSeconds), cancellation);
            if (!granted.TryGet(out _, out _)) return LeaseId.None;
            (_lease, _until) = (lease, now + SharedFor);
            return lease;
        }
        finally
        {
            _gate.Release();
        }
    }
}
