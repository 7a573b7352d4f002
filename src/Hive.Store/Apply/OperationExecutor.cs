using System.Collections.Immutable;
using Hive.Store.Memory;
using Hive.Store.Reads;
using Hive.Store.State;

namespace Hive.Store.Apply;

/// <summary>
/// Carries out operations that passed <see cref="OperationRules"/>. In three strokes, so that a refused one has changed nothing: choose
/// the branches of all nested transactions on the state before; check what the steps of those branches need; then do them, which cannot fail.
/// </summary>
internal sealed class OperationExecutor(StateWriter writer)
{
    private static readonly PutResult NothingBefore = new((KeyValue?)null);

    // The branches chosen, in the order in which the transactions are met.
    private readonly List<bool> _branches = [];
    private int _nextBranch;

    /// <summary>All or none of the operations happen.</summary>
    public StoreError Execute(ReadOnlySpan<Operation> operations, Span<OperationResult> results)
    {
        _branches.Clear();
        foreach (var operation in operations) Choose(operation);
        var error = CheckNeeds(operations);
        if (error != StoreError.None) return error;
        _nextBranch = 0;
        for (var i = 0; i < operations.Length; i++) results[i] = Do(operations[i]);
        return StoreError.None;
    }

    private void Choose(Operation operation)
    {
        if (operation is not TxnOperation txn) return;
        var succeeded = Comparisons.AllHold(writer, txn.Compare);
        _branches.Add(succeeded);
        foreach (var step in succeeded ? txn.Success : txn.Failure) Choose(step);
    }

    /// <summary>The order is etcd's, for it decides which refusal is heard: a transaction's puts before its ranges; of a put by itself the lease before the key, in a transaction after it.</summary>
    private StoreError CheckNeeds(ReadOnlySpan<Operation> operations)
    {
        if (operations is [PutOperation put]) return FirstOf(CheckLease(writer, put), CheckKey(writer, put));
        _nextBranch = 0;
        var error = CheckSteps(operations, static (writer, step) => FirstOf(CheckKey(writer, step), CheckLease(writer, step)));
        if (error != StoreError.None) return error;
        _nextBranch = 0;
        return CheckSteps(operations, CheckRevision);
    }

    private StoreError CheckSteps(ReadOnlySpan<Operation> steps, Func<StateWriter, Operation, StoreError> check)
    {
        foreach (var step in steps)
        {
            var error = step is TxnOperation txn ? CheckSteps((_branches[_nextBranch++] ? txn.Success : txn.Failure).AsSpan(), check) : check(writer, step);
            if (error != StoreError.None) return error;
        }
        return StoreError.None;
    }

    private static StoreError CheckKey(StateWriter writer, Operation step) =>
        step is PutOperation put && (put.IgnoreValue || put.IgnoreLease) && !writer.TryFind(put.Key.Span, out _) ? StoreError.KeyNotFound : StoreError.None;

    private static StoreError CheckLease(StateWriter writer, Operation step) =>
        step is not PutOperation { Lease.IsNone: false } put || writer.TryFindLease(put.Lease.Value, out _) || writer.Mutant == StoreMutant.PutOnDeadLease
            ? StoreError.None
            : StoreError.LeaseNotFound;

    private static StoreError CheckRevision(StateWriter writer, Operation step) =>
        step is RangeOperation range ? RangeReader.CheckRevision(writer.Roots, range.Query.At) : StoreError.None;

    private static StoreError FirstOf(StoreError first, StoreError second) => first != StoreError.None ? first : second;

    private OperationResult Do(Operation operation) => operation switch
    {
        PutOperation put => Put(put),
        DeleteOperation delete => Delete(delete),
        RangeOperation range => RangeReader.Open(writer.Roots, range.Query, writer.ReadRevision).ToResult(),
        TxnOperation txn => Txn(txn),
        _ => throw Invariant.Fail($"unknown operation {operation.GetType()}"),
    };

    private PutResult Put(PutOperation put)
    {
        var key = put.Key.Span;
        var value = put.Value.Span;
        var lease = put.Lease.Value;
        KeyValue? previous = null;
        if (put.PrevKv || put.IgnoreValue || put.IgnoreLease)
        {
            if (writer.TryFind(key, out var reference))
            {
                var record = writer.Heap.Open(reference);
                if (put.PrevKv) previous = record.ToKeyValue();
                if (put.IgnoreValue) value = record.Value;
                if (put.IgnoreLease) lease = record.Lease;
            }
        }
        writer.Put(key, value, lease);
        return previous is null ? NothingBefore : new PutResult(previous);
    }

    private DeleteResult Delete(DeleteOperation delete)
    {
        var range = new KeyRange(delete.Key.Span, delete.RangeEnd.Span);
        // Collected first: the cursor must not walk a tree that changes under it.
        var found = new List<ulong>();
        if (range.IsSingle)
        {
            if (writer.TryFind(range.Start, out var single)) found.Add(single);
        }
        else
        {
            var cursor = new VisibleCursor(writer.Roots, range.Start, writer.ReadRevision, writer.ReadRevision);
            while (cursor.TryNext(out var reference) && range.Reaches(cursor.Open(reference).Key)) found.Add(reference);
        }
        var previous = ImmutableArray.CreateBuilder<KeyValue>(delete.PrevKv ? found.Count : 0);
        foreach (var reference in found)
        {
            if (delete.PrevKv) previous.Add(writer.Heap.Open(reference).ToKeyValue());
            writer.Delete(reference);
        }
        return new DeleteResult(found.Count, previous.MoveToImmutable());
    }

    private TxnResult Txn(TxnOperation txn)
    {
        var succeeded = _branches[_nextBranch++];
        var steps = succeeded ? txn.Success : txn.Failure;
        var responses = ImmutableArray.CreateBuilder<(OperationResult, Revision)>(steps.Length);
        foreach (var step in steps)
        {
            var result = Do(step);
            responses.Add((result, new Revision(writer.ReadRevision)));
        }
        return new TxnResult(succeeded, responses.MoveToImmutable());
    }
}
