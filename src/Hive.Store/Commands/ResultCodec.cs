using System.Buffers;
using System.Collections.Immutable;
using Hive.Store.Wire;

namespace Hive.Store;

/// <summary>The binary form of a user's results: how the answer to a request with an id is remembered in the replicated state.</summary>
internal static class ResultCodec
{
    private const byte None = 0, Range = 1, Put = 2, Delete = 3, Txn = 4;

    public static byte[] Encode(OperationResult? result)
    {
        var output = new ArrayBufferWriter<byte>();
        Write(new WireWriter(output), result);
        return output.WrittenSpan.ToArray();
    }

    public static OperationResult? Decode(byte[] bytes)
    {
        var reader = new WireReader(bytes);
        var result = Read(ref reader);
        Invariant.Check(reader.IsDone);
        return result;
    }

    private static void Write(WireWriter writer, OperationResult? result)
    {
        switch (result)
        {
            case null:
                writer.Byte(None);
                break;
            case RangeResult range:
                writer.Byte(Range);
                writer.Flag(range.More);
                writer.Signed(range.Count);
                WriteAll(writer, range.Kvs);
                break;
            case PutResult put:
                writer.Byte(Put);
                writer.Flag(put.Previous is not null);
                if (put.Previous is not null) WriteKv(writer, put.Previous);
                break;
            case DeleteResult delete:
                writer.Byte(Delete);
                writer.Signed(delete.Deleted);
                WriteAll(writer, delete.Previous);
                break;
            case TxnResult txn:
                writer.Byte(Txn);
                writer.Flag(txn.Succeeded);
                writer.Unsigned((ulong)txn.Responses.Length);
                foreach (var (response, revision) in txn.Responses)
                {
                    Write(writer, response);
                    writer.Signed(revision.Value);
                }
                break;
            default:
                throw Invariant.Fail($"no codec for {result.GetType()}");
        }
    }

    private static OperationResult? Read(ref WireReader reader)
    {
        switch (reader.Byte())
        {
            case Range:
                var more = reader.Flag();
                var count = reader.Signed();
                return new RangeResult(ReadAll(ref reader), more, count);
            case Put:
                return new PutResult(reader.Flag() ? ReadKv(ref reader) : null);
            case Delete:
                var deleted = reader.Signed();
                return new DeleteResult(deleted, ReadAll(ref reader));
            case Txn:
                var succeeded = reader.Flag();
                var length = reader.Count();
                var responses = ImmutableArray.CreateBuilder<(OperationResult, Revision)>(length);
                for (var i = 0; i < length && !reader.Failed; i++) responses.Add((Read(ref reader)!, new Revision(reader.Signed())));
                return new TxnResult(succeeded, responses.DrainToImmutable());
            default:
                return null;
        }
    }

    private static void WriteAll(WireWriter writer, ImmutableArray<KeyValue> kvs)
    {
        writer.Unsigned((ulong)kvs.Length);
        foreach (var kv in kvs) WriteKv(writer, kv);
    }

    private static ImmutableArray<KeyValue> ReadAll(ref WireReader reader)
    {
        var count = reader.Count();
        var kvs = ImmutableArray.CreateBuilder<KeyValue>(count);
        for (var i = 0; i < count; i++) kvs.Add(ReadKv(ref reader));
        return kvs.MoveToImmutable();
    }

    private static void WriteKv(WireWriter writer, KeyValue kv)
    {
        writer.Bytes(kv.Key.Span);
        writer.Bytes(kv.Value.Span);
        writer.Signed(kv.CreateRevision.Value);
        writer.Signed(kv.ModRevision.Value);
        writer.Signed(kv.Version);
        writer.Signed(kv.Lease.Value);
    }

    private static KeyValue ReadKv(ref WireReader reader) => new(
        reader.Bytes(), reader.Bytes(), new Revision(reader.Signed()), new Revision(reader.Signed()), reader.Signed(), new LeaseId(reader.Signed()));
}
