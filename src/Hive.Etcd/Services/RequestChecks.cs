using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;

namespace Hive.Etcd.Services;

/// <summary>What a KV request must satisfy before it is worth a place in the log. The order of the checks is etcd's: it decides which refusal is heard.</summary>
internal static class RequestChecks
{
    public static RpcStatus Check(RangeRequest request)
    {
        if (request.Key.IsEmpty) return EtcdErrors.EmptyKey;
        var known = request.SortOrder is >= RangeRequest.Types.SortOrder.None and <= RangeRequest.Types.SortOrder.Descend
            && request.SortTarget is >= RangeRequest.Types.SortTarget.Key and <= RangeRequest.Types.SortTarget.Value;
        return known ? RpcStatus.Ok : EtcdErrors.InvalidSortOption;
    }

    public static RpcStatus Check(PutRequest request)
    {
        if (request.Key.IsEmpty) return EtcdErrors.EmptyKey;
        if (request.IgnoreValue && !request.Value.IsEmpty) return EtcdErrors.ValueProvided;
        return request.IgnoreLease && request.Lease != 0 ? EtcdErrors.LeaseProvided : RpcStatus.Ok;
    }

    public static RpcStatus Check(DeleteRangeRequest request) => request.Key.IsEmpty ? EtcdErrors.EmptyKey : RpcStatus.Ok;

    public static RpcStatus Check(TxnRequest request, int operationsLeft)
    {
        var status = CheckShape(request, operationsLeft);
        if (!status.IsOk) return status;
        return WrittenKeys.Collect(request.Success) is null || WrittenKeys.Collect(request.Failure) is null ? EtcdErrors.DuplicateKey : RpcStatus.Ok;
    }

    private static RpcStatus CheckShape(TxnRequest request, int operationsLeft)
    {
        var operations = Math.Max(request.Compare.Count, Math.Max(request.Success.Count, request.Failure.Count));
        if (operations > operationsLeft) return EtcdErrors.TooManyOperations;
        foreach (var compare in request.Compare)
            if (compare.Key.IsEmpty) return EtcdErrors.EmptyKey;
        foreach (var compare in request.Compare)
            if (!IsKnown(compare)) return EtcdErrors.UnknownComparison;
        foreach (var step in request.Success.Concat(request.Failure))
        {
            var status = CheckStep(step, operationsLeft - operations);
            if (!status.IsOk) return status;
        }
        return RpcStatus.Ok;
    }

    /// <summary>etcd lets what it does not know hold; a guard that guards nothing is refused here.</summary>
    private static bool IsKnown(Compare compare) =>
        compare.Target is >= Compare.Types.CompareTarget.Version and <= Compare.Types.CompareTarget.Lease
        && compare.Result is >= Compare.Types.CompareResult.Equal and <= Compare.Types.CompareResult.NotEqual;

    private static RpcStatus CheckStep(RequestOp step, int operationsLeft) => step.RequestCase switch
    {
        RequestOp.RequestOneofCase.RequestRange => Check(step.RequestRange),
        RequestOp.RequestOneofCase.RequestPut => Check(step.RequestPut),
        RequestOp.RequestOneofCase.RequestDeleteRange => Check(step.RequestDeleteRange),
        RequestOp.RequestOneofCase.RequestTxn => CheckShape(step.RequestTxn, operationsLeft),
        _ => EtcdErrors.KeyNotFound,
    };
}
