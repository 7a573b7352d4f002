using System.Collections.Immutable;
using Google.Protobuf;
using Hive.Etcd.Messages;
using Hive.Store;
using KeyValue = Hive.Etcd.Messages.KeyValue;
using StoredPair = Hive.Store.KeyValue;

namespace Hive.Etcd.Services;

/// <summary>The store's words as etcd's messages, and back. Bytes are wrapped, not copied: both sides treat them as immutable.</summary>
internal static class StoreMessages
{
    public static ByteString Wrap(ReadOnlyMemory<byte> bytes) => bytes.IsEmpty ? ByteString.Empty : UnsafeByteOperations.UnsafeWrap(bytes);

    public static KeyValue Message(StoredPair pair) => new()
    {
        Key = Wrap(pair.Key),
        Value = Wrap(pair.Value),
        CreateRevision = pair.CreateRevision.Value,
        ModRevision = pair.ModRevision.Value,
        Version = pair.Version,
        Lease = pair.Lease.Value,
    };

    /// <summary>A range by itself. A revision below zero means the newest; in a transaction it is one that is not kept.</summary>
    public static RangeQuery Query(RangeRequest request) => Step(request) with { At = new(Math.Max(request.Revision, 0)) };

    private static RangeQuery Step(RangeRequest request) => new(request.Key.Memory)
    {
        RangeEnd = request.RangeEnd.Memory,
        Limit = request.Limit,
        At = new(request.Revision),
        Order = (SortOrder)request.SortOrder,
        Target = (SortTarget)request.SortTarget,
        KeysOnly = request.KeysOnly,
        CountOnly = request.CountOnly,
        MinModRevision = request.MinModRevision,
        MaxModRevision = request.MaxModRevision,
        MinCreateRevision = request.MinCreateRevision,
        MaxCreateRevision = request.MaxCreateRevision,
    };

    public static PutOperation Operation(PutRequest request) => new(
        request.Key.Memory, request.Value.Memory, new(request.Lease), request.PrevKv, request.IgnoreValue, request.IgnoreLease);

    public static DeleteOperation Operation(DeleteRangeRequest request) => new(request.Key.Memory, request.RangeEnd.Memory, request.PrevKv);

    public static TxnOperation Operation(TxnRequest request) => new(
        [.. request.Compare.Select(Comparison)], [.. request.Success.Select(Operation)], [.. request.Failure.Select(Operation)]);

    public static Operation Operation(RequestOp request) => request.RequestCase switch
    {
        RequestOp.RequestOneofCase.RequestRange => new RangeOperation(Step(request.RequestRange)),
        RequestOp.RequestOneofCase.RequestPut => Operation(request.RequestPut),
        RequestOp.RequestOneofCase.RequestDeleteRange => Operation(request.RequestDeleteRange),
        RequestOp.RequestOneofCase.RequestTxn => Operation(request.RequestTxn),
        _ => throw Invariant.Fail("a transaction's steps are checked before they are translated"),
    };

    public static RangeResponse Message(RangeResult result, ResponseHeader header)
    {
        var response = new RangeResponse { Header = header, More = result.More, Count = result.Count };
        AddAll(response.Kvs, result.Kvs);
        return response;
    }

    public static PutResponse Message(PutResult result, ResponseHeader header) =>
        new() { Header = header, PrevKv = result.Previous is { } previous ? Message(previous) : null };

    public static DeleteRangeResponse Message(DeleteResult result, ResponseHeader header)
    {
        var response = new DeleteRangeResponse { Header = header, Deleted = result.Deleted };
        AddAll(response.PrevKvs, result.Previous);
        return response;
    }

    public static TxnResponse Message(TxnResult result, ResponseHeader header)
    {
        var response = new TxnResponse { Header = header, Succeeded = result.Succeeded };
        foreach (var (step, revision) in result.Responses) response.Responses.Add(Message(step, revision));
        return response;
    }

    /// <summary>The answer of one step: its header holds the revision that the step saw, and nothing else.</summary>
    private static ResponseOp Message(OperationResult step, Revision revision)
    {
        var header = new ResponseHeader { Revision = revision.Value };
        return step switch
        {
            RangeResult range => new ResponseOp { ResponseRange = Message(range, header) },
            PutResult put => new ResponseOp { ResponsePut = Message(put, header) },
            DeleteResult delete => new ResponseOp { ResponseDeleteRange = Message(delete, header) },
            // Of a nested transaction only the steps have a revision in theirs: etcd's header is there, and empty.
            TxnResult txn => new ResponseOp { ResponseTxn = Message(txn, new ResponseHeader()) },
            _ => throw Invariant.Fail($"not the answer of a transaction's step: {step.GetType().Name}"),
        };
    }

    private static Comparison Comparison(Compare compare)
    {
        var number = compare.TargetUnionCase switch
        {
            Compare.TargetUnionOneofCase.Version => compare.Version,
            Compare.TargetUnionOneofCase.CreateRevision => compare.CreateRevision,
            Compare.TargetUnionOneofCase.ModRevision => compare.ModRevision,
            Compare.TargetUnionOneofCase.Lease => compare.Lease,
            _ => 0,
        };
        return new Comparison(
            (CompareTarget)compare.Target, (CompareResult)compare.Result, compare.Key.Memory, compare.RangeEnd.Memory, number, compare.Value.Memory);
    }

    private static void AddAll(Google.Protobuf.Collections.RepeatedField<KeyValue> messages, ImmutableArray<StoredPair> pairs)
    {
        if (pairs.IsDefaultOrEmpty) return;
        messages.Capacity = pairs.Length;
        foreach (var pair in pairs) messages.Add(Message(pair));
    }
}
