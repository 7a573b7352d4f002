using System.Security.Cryptography;
using System.Text;
using Hive.Api.Http;
using Hive.Api.Storage;
using Hive.Objects;
using Hive.Queen;
using Hive.Store;

namespace Hive.Api.Drones;

/// <summary>
/// Drones' sessions: one live drone for each node name, alive as long as its lease. Two machines with one name (a cloned disk) are told apart by their boot
/// id; the second is refused until the first one's lease has ended.
/// </summary>
public sealed class Sessions(IQueen queen, ObjectStorage storage, Proposals proposals, ApiLimits limits)
{
    /// <summary>The session of a node, or null.</summary>
    public static (SessionRecord Record, Revision At)? Find(StoreSnapshot at, string node)
    {
        KeyValue? kv = at.Get(Key(node));
        if (kv is null || !EndpointJson.Read<SessionRecord>(kv.Value.Span).TryGet(out SessionRecord? record, out _)) return null;
        return (record, kv.ModRevision);
    }

    public static byte[] Key(string node) => Encoding.UTF8.GetBytes(HiveKeys.Session(node));

    public async ValueTask<Outcome<SessionAnswer>> OpenAsync(string node, SessionRequest request, CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(request.NodeUid) || string.IsNullOrEmpty(request.BootId)) return Refusals.BadRequest("nodeUid and bootId are required");
        for (int attempt = 0; attempt < limits.ConflictRetries; attempt++)
        {
            Outcome<StoreSnapshot> fresh = await proposals.FreshAsync(cancellation);
            if (!fresh.TryGet(out StoreSnapshot? at, out Refusal? refusal)) return refusal;
            if (storage.Find<Node>(at, "", node) is not { } known) return Refusals.NotFound("nodes", "", node);
            if (known.Value.Metadata.Uid != request.NodeUid)
            {
                return Conflict(node, $"the Node has another uid ({known.Value.Metadata.Uid}): it was deleted and registered anew");
            }
            (SessionRecord Record, Revision At)? present = Find(at, node);
            if (present is { } live && at.FindLease(live.Record.LeaseId) is { } lease)
            {
                if (live.Record.BootId == request.BootId && live.Record.NodeUid == request.NodeUid) return new SessionAnswer(live.Record.Lease, lease.GrantedSeconds);
                return Conflict(node, $"a drone with boot id {live.Record.BootId} is alive under this name; it must stop before another can take its place");
            }
            Outcome<SessionAnswer?> opened = await GrantAsync(node, request, present?.At ?? Revision.Zero, cancellation);
            if (!opened.TryGet(out SessionAnswer? answer, out refusal)) return refusal;
            if (answer is not null) return answer;
        }
        return Refusals.Unavailable("too many others open a session under this name at once");
    }

    /// <summary>Null: somebody else was first.</summary>
    private async ValueTask<Outcome<SessionAnswer?>> GrantAsync(string node, SessionRequest request, Revision expected, CancellationToken cancellation)
    {
        var lease = new LeaseId(BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8)) & long.MaxValue | 1);
        Outcome<ApplyResult> granted = await proposals.GrantAsync(new LeaseGrantCommand(lease, limits.SessionSeconds), cancellation);
        if (!granted.TryGet(out _, out Refusal? refusal)) return refusal;
        byte[] key = Key(node);
        byte[] value = EndpointJson.Write(new SessionRecord(request.NodeUid!, request.BootId!, lease.ToString()));
        var put = new TxnOperation(
            [new Comparison(CompareTarget.Mod, CompareResult.Equal, key, Number: expected.Value)],
            [new PutOperation(key, value, lease)], []);
        Outcome<ApplyResult> applied = await proposals.MutateAsync(new MutateCommand(put), cancellation);
        if (!applied.TryGet(out ApplyResult? result, out refusal)) return refusal;
        if (result.Result is TxnResult { Succeeded: true }) return new SessionAnswer(lease.ToString(), limits.SessionSeconds);
        // The lease that lost its race would end by itself; ending it now keeps the table of leases small.
        await proposals.ProposeAsync(new LeaseRevokeCommand(lease), repeatable: false, cancellation);
        return new Outcome<SessionAnswer?>((SessionAnswer?)null);
    }

    /// <summary>Renews; zero seconds mean that the session is lost.</summary>
    public async ValueTask<Outcome<RenewAnswer>> RenewAsync(string node, RenewRequest request, CancellationToken cancellation)
    {
        if (request.Lease is null || !SessionRecord.TryParseLease(request.Lease, out LeaseId lease)) return Refusals.BadRequest("lease must be the hexadecimal id that the session was given");
        if (!await HoldsAsync(node, lease, cancellation)) return new RenewAnswer(request.Sequence, 0);
        (QueenCode code, long seconds) = await queen.RenewLeaseAsync(lease, cancellation);
        return code switch
        {
            QueenCode.Ok => new RenewAnswer(request.Sequence, seconds),
            QueenCode.TooManyRequests => Refusals.Overloaded,
            _ => Refusals.Unavailable($"the lease could not be renewed now: {code}"),
        };
    }

    /// <summary>Whether the lease is that of the node's session. A queen that lags asks the leader before it says no.</summary>
    private async ValueTask<bool> HoldsAsync(string node, LeaseId lease, CancellationToken cancellation)
    {
        if (Find(queen.Store.Snapshot(), node)?.Record.LeaseId == lease) return true;
        Outcome<StoreSnapshot> fresh = await proposals.FreshAsync(cancellation);
        return fresh.TryGet(out StoreSnapshot? at, out _) && Find(at, node)?.Record.LeaseId == lease;
    }

    private static Refusal Conflict(string node, string why) => Refusals.Conflict("nodes/session", "", node, why);
}
