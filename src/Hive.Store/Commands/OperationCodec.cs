using System.Collections.Immutable;
using Hive.Store.Wire;

namespace Hive.Store;

/// <summary>The binary form of operations, their comparisons and queries. Part of the log's format (see <see cref="CommandCodec"/>).</summary>
internal static class OperationCodec
{
    internal const byte Put = 1;
    private const byte Delete = 2, Range = 3, Txn = 4;
    private const byte PrevKv = 1, IgnoreValue = 2, IgnoreLease = 4, AllPutFlags = 7;
    private const byte KeysOnly = 1, CountOnly = 2, HasFilters = 4, AllRangeFlags = 7;

    public static void Write(WireWriter writer, Operation operation)
    {
        switch (operation)
        {
            case PutOperation put:
                writer.Byte(Put);
                writer.Byte((byte)((put.PrevKv ? PrevKv : 0) | (put.IgnoreValue ? IgnoreValue : 0) | (put.IgnoreLease ? IgnoreLease : 0)));
                writer.Signed(put.Lease.Value);
                writer.Bytes(put.Key.Span);
                writer.Bytes(put.Value.Span);
                break;
            case DeleteOperation delete:
                writer.Byte(Delete);
                writer.Flag(delete.PrevKv);
                writer.Bytes(delete.Key.Span);
                writer.Bytes(delete.RangeEnd.Span);
                break;
            case RangeOperation range:
                writer.Byte(Range);
                WriteQuery(writer, range.Query);
                break;
            case TxnOperation txn:
                writer.Byte(Txn);
                writer.Unsigned(txn.Compare.IsDefault ? 0 : (ulong)txn.Compare.Length);
                if (!txn.Compare.IsDefault)
                {
                    foreach (var comparison in txn.Compare) WriteComparison(writer, comparison);
                }
                WriteAll(writer, txn.Success);
                WriteAll(writer, txn.Failure);
                break;
            default:
                throw Invariant.Fail($"no codec for {operation.GetType()}");
        }
    }

    public static void WriteAll(WireWriter writer, ImmutableArray<Operation> operations)
    {
        writer.Unsigned(operations.IsDefault ? 0 : (ulong)operations.Length);
        if (operations.IsDefault) return;
        foreach (var operation in operations) Write(writer, operation);
    }

    public static Operation? Read(ref WireReader reader, int depth)
    {
        switch (reader.Byte())
        {
            case Put:
                var flags = reader.Byte();
                var lease = new LeaseId(reader.Signed());
                var key = reader.Bytes();
                var value = reader.Bytes();
                if (flags > AllPutFlags) reader.Fail();
                return new PutOperation(key, value, lease, (flags & PrevKv) != 0, (flags & IgnoreValue) != 0, (flags & IgnoreLease) != 0);
            case Delete:
                var prevKv = reader.Flag();
                return new DeleteOperation(reader.Bytes(), reader.Bytes(), prevKv);
            case Range:
                return new RangeOperation(ReadQuery(ref reader));
            case Txn when depth < StoreLimits.TransactionDepth:
                var count = reader.Count();
                var compare = ImmutableArray.CreateBuilder<Comparison>(count);
                for (var i = 0; i < count && !reader.Failed; i++) compare.Add(ReadComparison(ref reader));
                var success = ReadAll(ref reader, depth + 1);
                return new TxnOperation(compare.DrainToImmutable(), success, ReadAll(ref reader, depth + 1));
            default:
                reader.Fail();
                return null;
        }
    }

    public static ImmutableArray<Operation> ReadAll(ref WireReader reader, int depth)
    {
        var count = reader.Count();
        if (count == 0) return [];
        var operations = ImmutableArray.CreateBuilder<Operation>(count);
        for (var i = 0; i < count; i++)
        {
            if (Read(ref reader, depth) is not { } operation || reader.Failed) return [];
            operations.Add(operation);
        }
        return operations.MoveToImmutable();
    }

    private static void WriteComparison(WireWriter writer, Comparison comparison)
    {
        writer.Byte((byte)comparison.Target);
        writer.Byte((byte)comparison.Result);
        writer.Signed(comparison.Number);
        writer.Bytes(comparison.Key.Span);
        writer.Bytes(comparison.RangeEnd.Span);
        writer.Bytes(comparison.Value.Span);
    }

    private static Comparison ReadComparison(ref WireReader reader)
    {
        var target = (CompareTarget)reader.Byte();
        var result = (CompareResult)reader.Byte();
        if (target > CompareTarget.Lease || result > CompareResult.NotEqual) reader.Fail();
        var number = reader.Signed();
        return new Comparison(target, result, reader.Bytes(), reader.Bytes(), number, reader.Bytes());
    }

    private static void WriteQuery(WireWriter writer, RangeQuery query)
    {
        var filtered = query.MinModRevision != 0 || query.MaxModRevision != 0 || query.MinCreateRevision != 0 || query.MaxCreateRevision != 0;
        writer.Byte((byte)((query.KeysOnly ? KeysOnly : 0) | (query.CountOnly ? CountOnly : 0) | (filtered ? HasFilters : 0)));
        writer.Byte((byte)query.Order);
        writer.Byte((byte)query.Target);
        writer.Bytes(query.Key.Span);
        writer.Bytes(query.RangeEnd.Span);
        writer.Signed(query.Limit);
        writer.Signed(query.At.Value);
        if (!filtered) return;
        writer.Signed(query.MinModRevision);
        writer.Signed(query.MaxModRevision);
        writer.Signed(query.MinCreateRevision);
        writer.Signed(query.MaxCreateRevision);
    }

    private static RangeQuery ReadQuery(ref WireReader reader)
    {
        var flags = reader.Byte();
        if (flags > AllRangeFlags) reader.Fail();
        var filtered = (flags & HasFilters) != 0;
        var order = (SortOrder)reader.Byte();
        var target = (SortTarget)reader.Byte();
        return new RangeQuery(reader.Bytes())
        {
            KeysOnly = (flags & KeysOnly) != 0,
            CountOnly = (flags & CountOnly) != 0,
            Order = order,
            Target = target,
            RangeEnd = reader.Bytes(),
            Limit = reader.Signed(),
            At = new Revision(reader.Signed()),
            MinModRevision = filtered ? reader.Signed() : 0,
            MaxModRevision = filtered ? reader.Signed() : 0,
            MinCreateRevision = filtered ? reader.Signed() : 0,
            MaxCreateRevision = filtered ? reader.Signed() : 0,
        };
    }
}
