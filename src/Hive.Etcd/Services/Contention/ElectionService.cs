using System.Collections.Immutable;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Etcd.Services.Auth;
using Hive.Store;

namespace Hive.Etcd.Services.Contention;

/// <summary>v3electionpb.Election: a queue of candidates whose first is the leader and may change its proclamation.</summary>
internal sealed class ElectionService(QueenGate gate, AuthGate auth, Waiters waiters)
{
    private const string Service = "v3electionpb.Election";
    private static readonly RpcStatus NoLeader = new(RpcCode.Unknown, "election: no leader");
    private static readonly RpcStatus NotLeader = new(RpcCode.Unknown, "election: not leader");
    private static readonly RpcStatus MissingLeaderKey = new(RpcCode.Unknown, "\"leader\" field must be provided");

    public ImmutableArray<RpcMethod> Methods =>
    [
        new UnaryMethod<CampaignRequest, CampaignResponse>(Service, "Campaign", CampaignRequest.Parser, CampaignAsync, "/v3/election/campaign"),
        new UnaryMethod<ProclaimRequest, ProclaimResponse>(Service, "Proclaim", ProclaimRequest.Parser, ProclaimAsync, "/v3/election/proclaim"),
        new UnaryMethod<LeaderRequest, LeaderResponse>(Service, "Leader", LeaderRequest.Parser, LeaderAsync, "/v3/election/leader"),
        new StreamMethod<LeaderRequest, LeaderResponse>(RpcKind.ServerStream, Service, "Observe", LeaderRequest.Parser, ObserveAsync, "/v3/election/observe"),
        new UnaryMethod<ResignRequest, ResignResponse>(Service, "Resign", ResignRequest.Parser, ResignAsync, "/v3/election/resign"),
    ];

    private async ValueTask<RpcResult<CampaignResponse>> CampaignAsync(RpcContext context, CampaignRequest request, CancellationToken cancellation)
    {
        if (Waiters.CheckAccess(auth, context, request.Name.Memory) is { IsOk: false } forbidden) return forbidden;
        var session = await waiters.SessionAsync(context, request.Lease, cancellation);
        if (!session.Succeeded(out var lease, out var status)) return status;
        var entered = await waiters.EnterAsync(context, request.Name.Memory, lease.Lease, request.Value.Memory, cancellation);
        if (!entered.Succeeded(out var place, out status)) return status;
        var elected = false;
        try
        {
            if (!place.Value.Span.SequenceEqual(request.Value.Span))
            {
                var updated = await ProclaimAsync(context, place.Key, place.Created, place.Lease, request.Value.Memory, cancellation);
                if (!updated.Succeeded(out _, out status)) return status;
            }
            status = await waiters.WaitTurnAsync(place, cancellation);
            if (!status.IsOk) return status;
            elected = true;
            return new CampaignResponse
            {
                Header = gate.Header(gate.Queen.Store.Revision),
                Leader = new LeaderKey { Name = request.Name, Key = StoreMessages.Wrap(place.Key), Rev = place.Created.Value, Lease = place.Lease.Value },
            };
        }
        finally
        {
            if (!elected) await waiters.AbandonAsync(place);
        }
    }

    private async ValueTask<RpcResult<ProclaimResponse>> ProclaimAsync(RpcContext context, ProclaimRequest request, CancellationToken cancellation)
    {
        if (request.Leader is not { } leader) return MissingLeaderKey;
        var proclaimed = await ProclaimAsync(context, leader.Key.Memory, new(leader.Rev), new(leader.Lease), request.Value.Memory, cancellation);
        if (!proclaimed.Succeeded(out var applied, out var status)) return status;
        return new ProclaimResponse { Header = gate.Header(applied) };
    }

    private async ValueTask<RpcResult<ApplyResult>> ProclaimAsync(
        RpcContext context, ReadOnlyMemory<byte> key, Revision created, LeaseId lease, ReadOnlyMemory<byte> value, CancellationToken cancellation)
    {
        if (key.IsEmpty) return EtcdErrors.EmptyKey;
        var mine = new Comparison(CompareTarget.Create, CompareResult.Equal, key, Number: created.Value);
        var update = new TxnOperation([mine], [new PutOperation(key, value, lease)], []);
        var proposed = await gate.ProposeAsync(context, key, Waiters.CheckWrite, new MutateCommand(update), cancellation);
        if (!proposed.Succeeded(out var applied, out var status)) return status;
        return ((TxnResult)applied.Result!).Succeeded ? applied : NotLeader;
    }

    private async ValueTask<RpcResult<LeaderResponse>> LeaderAsync(RpcContext context, LeaderRequest request, CancellationToken cancellation)
    {
        if (Waiters.CheckRead(auth, context, request.Name.Memory) is { IsOk: false } forbidden) return forbidden;
        var read = await gate.ReadAsync(serializable: false, cancellation);
        if (!read.Succeeded(out var snapshot, out var status)) return status;
        if (Waiters.Holder(snapshot, request.Name.Memory) is not { } holder) return NoLeader;
        return new LeaderResponse { Header = gate.Header(snapshot), Kv = StoreMessages.Message(holder) };
    }

    private async ValueTask<RpcResult<ResignResponse>> ResignAsync(RpcContext context, ResignRequest request, CancellationToken cancellation)
    {
        if (request.Leader is not { } leader) return MissingLeaderKey;
        if (leader.Key.IsEmpty) return EtcdErrors.EmptyKey;
        var left = await waiters.LeaveAsync(context, leader.Key.Memory, new Revision(leader.Rev), cancellation);
        if (!left.Succeeded(out var applied, out var status)) return status;
        return new ResignResponse { Header = gate.Header(applied) };
    }

    /// <summary>Tells of each leader and each of its proclamations. What changes faster than it is read is told by its newest state.</summary>
    private async ValueTask<RpcStatus> ObserveAsync(RpcContext context, RpcStream<LeaderRequest, LeaderResponse> stream, CancellationToken cancellation)
    {
        if (await stream.ReadAsync(cancellation) is not { } request) return RpcStatus.Ok;
        if (Waiters.CheckRead(auth, context, request.Name.Memory) is { IsOk: false } forbidden) return forbidden;
        await stream.StartAsync(cancellation);
        var read = await gate.ReadAsync(serializable: false, cancellation);
        if (!read.Succeeded(out var snapshot, out var status)) return status;

        var under = Waiters.Under(request.Name.Memory);
        var query = new WatchQuery(under.Key, under.RangeEnd, snapshot.Revision.Next);
        var changes = new KeyChanges(gate.Queen.Store.Watches, query, gate.Limits.WatchBatchBytes);
        try
        {
            var told = Revision.Zero;
            while (true)
            {
                if (Waiters.Holder(snapshot, request.Name.Memory) is { } holder && holder.ModRevision != told)
                {
                    told = holder.ModRevision;
                    var response = new LeaderResponse { Header = gate.Header(snapshot), Kv = StoreMessages.Message(holder) };
                    await stream.WriteAsync(response, cancellation);
                }
                var compactedAway = await changes.NextAsync(cancellation) is null;
                snapshot = gate.Queen.Store.Snapshot();
                if (!compactedAway) continue;
                changes.Dispose();
                changes = new KeyChanges(gate.Queen.Store.Watches, query with { Start = snapshot.Revision.Next }, gate.Limits.WatchBatchBytes);
            }
        }
        finally
        {
            changes.Dispose();
        }
    }
}
