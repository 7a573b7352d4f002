using System.Collections.Immutable;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Etcd.Services.Auth;

namespace Hive.Etcd.Services.Contention;

/// <summary>v3lockpb.Lock: a mutex under a name, held for as long as its lease lives.</summary>
internal sealed class LockService(QueenGate gate, AuthGate auth, Waiters waiters)
{
    private const string Service = "v3lockpb.Lock";

    public ImmutableArray<RpcMethod> Methods =>
    [
        new UnaryMethod<LockRequest, LockResponse>(Service, "Lock", LockRequest.Parser, LockAsync, "/v3/lock/lock"),
        new UnaryMethod<UnlockRequest, UnlockResponse>(Service, "Unlock", UnlockRequest.Parser, UnlockAsync, "/v3/lock/unlock"),
    ];

    private async ValueTask<RpcResult<LockResponse>> LockAsync(RpcContext context, LockRequest request, CancellationToken cancellation)
    {
        if (Waiters.CheckAccess(auth, context, request.Name.Memory) is { IsOk: false } forbidden) return forbidden;
        var session = await waiters.SessionAsync(context, request.Lease, cancellation);
        if (!session.Succeeded(out var lease, out var status)) return status;
        var entered = await waiters.EnterAsync(context, request.Name.Memory, lease.Lease, default, cancellation);
        if (!entered.Succeeded(out var place, out status)) return status;
        var held = false;
        try
        {
            status = await waiters.WaitTurnAsync(place, cancellation);
            if (!status.IsOk) return status;
            held = true;
            return new LockResponse { Header = gate.Header(gate.Queen.Store.Revision), Key = StoreMessages.Wrap(place.Key) };
        }
        finally
        {
            if (!held) await waiters.AbandonAsync(place);
        }
    }

    private async ValueTask<RpcResult<UnlockResponse>> UnlockAsync(RpcContext context, UnlockRequest request, CancellationToken cancellation)
    {
        if (request.Key.IsEmpty) return EtcdErrors.EmptyKey;
        var left = await waiters.LeaveAsync(context, request.Key.Memory, created: null, cancellation);
        if (!left.Succeeded(out var applied, out var status)) return status;
        return new UnlockResponse { Header = gate.Header(applied) };
    }
}
