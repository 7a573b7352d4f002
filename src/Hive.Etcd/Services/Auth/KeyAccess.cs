using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;

namespace Hive.Etcd.Services.Auth;

/// <summary>Whether a caller may do what a KV request asks: comparisons and previous pairs are reads.</summary>
internal static class KeyAccess
{
    /// <summary>Whoever shows valid credentials.</summary>
    public static RpcStatus AnyUser<TRequest>(AuthGate gate, RpcContext context, TRequest request) => gate.Identify(context, out _);

    public static RpcStatus Check(AuthGate gate, RpcContext context, RangeRequest request) => gate.CheckRead(context, request.Key.Memory, request.RangeEnd.Memory);

    public static RpcStatus Check(AuthGate gate, RpcContext context, PutRequest request)
    {
        var status = gate.Identify(context, out var caller);
        if (!status.IsOk || caller is null) return status;
        return Allows(gate, caller, request) ? RpcStatus.Ok : EtcdErrors.PermissionDenied;
    }

    public static RpcStatus Check(AuthGate gate, RpcContext context, DeleteRangeRequest request)
    {
        var status = gate.Identify(context, out var caller);
        if (!status.IsOk || caller is null) return status;
        return Allows(caller, request) ? RpcStatus.Ok : EtcdErrors.PermissionDenied;
    }

    public static RpcStatus Check(AuthGate gate, RpcContext context, TxnRequest request)
    {
        var status = gate.Identify(context, out var caller);
        if (!status.IsOk || caller is null) return status;
        return Allows(gate, caller, request) ? RpcStatus.Ok : EtcdErrors.PermissionDenied;
    }

    private static bool Allows(AuthGate gate, UserRights caller, PutRequest request) =>
        caller.MayWrite(request.Key.Memory, default)
        && (!request.PrevKv || caller.MayRead(request.Key.Memory, default))
        && (request.Lease == 0 || caller.IsRoot || gate.MayTouch(caller, new(request.Lease)));

    private static bool Allows(UserRights caller, DeleteRangeRequest request) =>
        caller.MayWrite(request.Key.Memory, request.RangeEnd.Memory)
        && (!request.PrevKv || caller.MayRead(request.Key.Memory, request.RangeEnd.Memory));

    private static bool Allows(AuthGate gate, UserRights caller, TxnRequest request) =>
        request.Compare.All(compare => caller.MayRead(compare.Key.Memory, compare.RangeEnd.Memory))
        && request.Success.All(step => Allows(gate, caller, step))
        && request.Failure.All(step => Allows(gate, caller, step));

    private static bool Allows(AuthGate gate, UserRights caller, RequestOp step) => step.RequestCase switch
    {
        RequestOp.RequestOneofCase.RequestRange => caller.MayRead(step.RequestRange.Key.Memory, step.RequestRange.RangeEnd.Memory),
        RequestOp.RequestOneofCase.RequestPut => Allows(gate, caller, step.RequestPut),
        RequestOp.RequestOneofCase.RequestDeleteRange => Allows(caller, step.RequestDeleteRange),
        RequestOp.RequestOneofCase.RequestTxn => Allows(gate, caller, step.RequestTxn),
        _ => true,
    };
}
