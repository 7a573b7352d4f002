using System.Collections.Immutable;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Etcd.Services.Auth;
using Hive.Store;

namespace Hive.Etcd.Services;

/// <summary>
/// etcdserverpb.KV: reads from this member's own store after a barrier, writes through the log. A read is permitted by users and roles as they are after its
/// barrier: a permission taken away at another member before the read began is gone.
/// </summary>
internal sealed class KeyValueService(QueenGate gate, AuthGate auth)
{
    private const string Service = "etcdserverpb.KV";

    public ImmutableArray<RpcMethod> Methods =>
    [
        new LargeUnaryMethod<RangeRequest, RangeResponse>(Service, "Range", RangeRequest.Parser, RangeResponse.Parser, RangeAsync, "/v3/kv/range"),
        new StreamMethod<RangeRequest, RangeStreamResponse>(RpcKind.ServerStream, Service, "RangeStream", RangeRequest.Parser, RangeStreamAsync),
        new UnaryMethod<PutRequest, PutResponse>(Service, "Put", PutRequest.Parser, PutAsync, "/v3/kv/put"),
        new UnaryMethod<DeleteRangeRequest, DeleteRangeResponse>(Service, "DeleteRange", DeleteRangeRequest.Parser, DeleteRangeAsync, "/v3/kv/deleterange"),
        new UnaryMethod<TxnRequest, TxnResponse>(Service, "Txn", TxnRequest.Parser, TxnAsync, "/v3/kv/txn"),
        new UnaryMethod<CompactionRequest, CompactionResponse>(Service, "Compact", CompactionRequest.Parser, CompactAsync, "/v3/kv/compaction"),
    ];

    private async ValueTask<RpcResult<IMessagePieces>> RangeAsync(RpcContext context, RangeRequest request, CancellationToken cancellation)
    {
        if (RequestChecks.Check(request) is { IsOk: false } refused) return refused;
        var read = await gate.ReadAsync(request.Serializable, cancellation, isBrief: request.RangeEnd.IsEmpty);
        if (!read.Succeeded(out var snapshot, out var status)) return status;
        if (KeyAccess.Check(auth, context, request) is { IsOk: false } forbidden) return forbidden;
        var error = snapshot.OpenRange(StoreMessages.Query(request), out var rows);
        return error == StoreError.None ? new RangeAnswer(rows!, gate.Header(snapshot)) : EtcdErrors.Of(error);
    }

    /// <summary>The same answer in chunks that together are one (protobuf merges them): memory is bounded whatever the range holds.</summary>
    private async ValueTask<RpcStatus> RangeStreamAsync(
        RpcContext context, RpcStream<RangeRequest, RangeStreamResponse> stream, CancellationToken cancellation)
    {
        if (await stream.ReadAsync(cancellation) is not { } request) return RpcStatus.Ok;
        if (RequestChecks.Check(request) is { IsOk: false } refused) return refused;
        var read = await gate.ReadAsync(request.Serializable, cancellation);
        if (!read.Succeeded(out var snapshot, out var status)) return status;
        if (KeyAccess.Check(auth, context, request) is { IsOk: false } forbidden) return forbidden;
        var error = RangeChunks.Of(snapshot, StoreMessages.Query(request), gate.Limits.RangeChunkBytes, out var chunks);
        if (error != StoreError.None) return EtcdErrors.Of(error);
        var header = gate.Header(snapshot);
        using var rest = chunks.GetEnumerator();
        while (await gate.Turns.MoveNextAsync(rest, cancellation))
        {
            var chunk = rest.Current;
            chunk.Header = header;
            header = null;
            await stream.WriteAsync(new RangeStreamResponse { RangeResponse = chunk }, cancellation);
        }
        return RpcStatus.Ok;
    }

    private async ValueTask<RpcResult<PutResponse>> PutAsync(RpcContext context, PutRequest request, CancellationToken cancellation)
    {
        if (RequestChecks.Check(request) is { IsOk: false } refused) return refused;
        if (request.CalculateSize() > gate.Limits.RequestBytes) return EtcdErrors.RequestTooLarge;
        var proposed = await gate.MutateAsync(context, request, KeyAccess.Check, StoreMessages.Operation(request), cancellation);
        if (!proposed.Succeeded(out var applied, out var status)) return status;
        return applied.Result is PutResult put ? StoreMessages.Message(put, gate.Header(applied)) : EtcdErrors.ReusedRequestId;
    }

    private async ValueTask<RpcResult<DeleteRangeResponse>> DeleteRangeAsync(RpcContext context, DeleteRangeRequest request, CancellationToken cancellation)
    {
        if (RequestChecks.Check(request) is { IsOk: false } refused) return refused;
        if (request.CalculateSize() > gate.Limits.RequestBytes) return EtcdErrors.RequestTooLarge;
        var proposed = await gate.MutateAsync(context, request, KeyAccess.Check, StoreMessages.Operation(request), cancellation);
        if (!proposed.Succeeded(out var applied, out var status)) return status;
        return applied.Result is DeleteResult deleted ? StoreMessages.Message(deleted, gate.Header(applied)) : EtcdErrors.ReusedRequestId;
    }

    private async ValueTask<RpcResult<TxnResponse>> TxnAsync(RpcContext context, TxnRequest request, CancellationToken cancellation)
    {
        if (RequestChecks.Check(request, gate.Limits.TransactionOperations) is { IsOk: false } refused) return refused;
        if (request.CalculateSize() > gate.Limits.RequestBytes) return EtcdErrors.RequestTooLarge;
        var operation = StoreMessages.Operation(request);
        if (SnapshotTransaction.IsReadOnly(operation)) return await ReadTxnAsync(context, request, operation, cancellation);

        var proposed = await gate.MutateAsync(context, request, KeyAccess.Check, operation, cancellation);
        if (!proposed.Succeeded(out var applied, out var status)) return status;
        return applied.Result is TxnResult txn ? StoreMessages.Message(txn, gate.Header(applied)) : EtcdErrors.ReusedRequestId;
    }

    private async ValueTask<RpcResult<TxnResponse>> ReadTxnAsync(RpcContext context, TxnRequest request, TxnOperation operation, CancellationToken cancellation)
    {
        var read = await gate.ReadAsync(IsSerializable(request), cancellation);
        if (!read.Succeeded(out var snapshot, out var status)) return status;
        if (KeyAccess.Check(auth, context, request) is { IsOk: false } forbidden) return forbidden;
        var error = SnapshotTransaction.Run(snapshot, operation, out var result);
        return error == StoreError.None ? StoreMessages.Message(result!, gate.Header(snapshot)) : EtcdErrors.Of(error);
    }

    /// <summary>A transaction may skip the barrier when each of its reads said that it may.</summary>
    private static bool IsSerializable(TxnRequest request)
    {
        foreach (var step in request.Success.Concat(request.Failure))
        {
            var serializable = step.RequestCase == RequestOp.RequestOneofCase.RequestTxn
                ? IsSerializable(step.RequestTxn)
                : step.RequestRange.Serializable;
            if (!serializable) return false;
        }
        return request.Success.Count + request.Failure.Count > 0;
    }

    private async ValueTask<RpcResult<CompactionResponse>> CompactAsync(RpcContext context, CompactionRequest request, CancellationToken cancellation)
    {
        var compact = new CompactCommand(new(request.Revision));
        var proposed = await gate.ProposeAsync(context, request, KeyAccess.AnyUser, compact, cancellation);
        if (!proposed.Succeeded(out var applied, out var status)) return status;
        return new CompactionResponse { Header = gate.Header(applied) };
    }
}
