using System.Collections.Immutable;
using Hive.Store.Reads;
using Hive.Store.State;

namespace Hive.Store.Apply;

/// <summary>What is wrong with an operation whatever the state: empty keys, contradictory options, too many steps, one key written twice.</summary>
internal static class OperationRules
{
    public static StoreError Check(Operation operation)
    {
        var steps = StoreLimits.OperationsPerTransaction;
        var error = CheckOne(operation, ref steps);
        if (error != StoreError.None || operation is not TxnOperation txn) return error;
        return WrittenKeys.Check([txn]);
    }

    /// <summary>The writes of one guarded transaction. Keys may be written twice across transactions, not within one.</summary>
    public static StoreError Check(ImmutableArray<Operation> operations)
    {
        var steps = StoreLimits.OperationsPerTransaction;
        foreach (var operation in operations)
        {
            var error = CheckOne(operation, ref steps);
            if (error != StoreError.None) return error;
        }
        return operations.Length > 1 ? WrittenKeys.Check(operations) : StoreError.None;
    }

    private static StoreError CheckOne(Operation operation, ref int steps)
    {
        if (--steps < 0) return StoreError.TooManyOperations;
        switch (operation)
        {
            case PutOperation put:
                if (put.Key.IsEmpty) return StoreError.EmptyKey;
                if (put.IgnoreValue && !put.Value.IsEmpty) return StoreError.ValueProvided;
                return put.IgnoreLease && !put.Lease.IsNone ? StoreError.LeaseProvided : StoreError.None;
            case DeleteOperation delete:
                return delete.Key.IsEmpty ? StoreError.EmptyKey : StoreError.None;
            case RangeOperation range:
                return RangeReader.Check(range.Query);
            case TxnOperation txn:
                steps -= txn.Compare.Length;
                foreach (var comparison in txn.Compare)
                {
                    if (comparison.Key.IsEmpty) return StoreError.EmptyKey;
                }
                var error = CheckAll(txn.Success, ref steps);
                return error != StoreError.None ? error : CheckAll(txn.Failure, ref steps);
            default:
                throw Invariant.Fail($"unknown operation {operation.GetType()}");
        }
    }

    private static StoreError CheckAll(ImmutableArray<Operation> operations, ref int steps)
    {
        foreach (var operation in operations)
        {
            var error = CheckOne(operation, ref steps);
            if (error != StoreError.None) return error;
        }
        return StoreError.None;
    }
}

/// <summary>
/// etcd's rule against writing a key twice: within one branch no key is put twice, nor put and deleted, nested transactions included.
/// The two branches of one transaction may overlap, since only one is taken.
/// </summary>
internal sealed class WrittenKeys
{
    private readonly SortedSet<ReadOnlyMemory<byte>> _puts = new(ByteOrder.Instance);
    private readonly List<DeleteOperation> _deletes = [];

    public static StoreError Check(ImmutableArray<Operation> branch) => Collect(branch) is null ? StoreError.DuplicateKey : StoreError.None;

    private static WrittenKeys? Collect(ImmutableArray<Operation> branch)
    {
        var keys = new WrittenKeys();
        foreach (var operation in branch)
        {
            if (operation is DeleteOperation delete) keys._deletes.Add(delete);
        }
        foreach (var operation in branch)
        {
            if (operation is TxnOperation txn && !keys.AddNested(txn)) return null;
        }
        foreach (var operation in branch)
        {
            if (operation is PutOperation put && (keys.IsDeleted(put.Key) || !keys._puts.Add(put.Key))) return null;
        }
        return keys;
    }

    private bool AddNested(TxnOperation txn)
    {
        if (Collect(txn.Success) is not { } success || Collect(txn.Failure) is not { } failure) return false;
        foreach (var put in success._puts)
        {
            if (_puts.Contains(put) || IsDeleted(put)) return false;
        }
        foreach (var put in failure._puts)
        {
            if (_puts.Contains(put) || IsDeleted(put)) return false;
        }
        _puts.UnionWith(success._puts);
        _puts.UnionWith(failure._puts);
        _deletes.AddRange(success._deletes);
        _deletes.AddRange(failure._deletes);
        return true;
    }

    private bool IsDeleted(ReadOnlyMemory<byte> key)
    {
        foreach (var delete in _deletes)
        {
            if (new KeyRange(delete.Key.Span, delete.RangeEnd.Span).Contains(key.Span)) return true;
        }
        return false;
    }
}

/// <summary>Byte strings in the store's order.</summary>
internal sealed class ByteOrder : IComparer<ReadOnlyMemory<byte>>
{
    public static readonly ByteOrder Instance = new();

    public int Compare(ReadOnlyMemory<byte> left, ReadOnlyMemory<byte> right) => left.Span.SequenceCompareTo(right.Span);
}
