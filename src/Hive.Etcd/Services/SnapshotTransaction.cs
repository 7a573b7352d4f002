using System.Collections.Immutable;
using Hive.Store;

namespace Hive.Etcd.Services;

/// <summary>Runs a transaction that writes nothing on a snapshot: it needs no place in the log.</summary>
internal static class SnapshotTransaction
{
    public static bool IsReadOnly(TxnOperation transaction) => ReadsOnly(transaction.Success) && ReadsOnly(transaction.Failure);

    public static StoreError Run(StoreSnapshot snapshot, TxnOperation transaction, out TxnResult? result)
    {
        result = null;
        foreach (var comparison in transaction.Compare)
        {
            // Nothing between this and the branch may fail: the comparisons read the newest revision only.
            if (Holds(snapshot, comparison)) continue;
            return RunBranch(snapshot, transaction.Failure, succeeded: false, out result);
        }
        return RunBranch(snapshot, transaction.Success, succeeded: true, out result);
    }

    private static bool ReadsOnly(ImmutableArray<Operation> steps)
    {
        foreach (var step in steps)
            if (step is not (RangeOperation or TxnOperation) || (step is TxnOperation nested && !IsReadOnly(nested))) return false;
        return true;
    }

    private static StoreError RunBranch(StoreSnapshot snapshot, ImmutableArray<Operation> steps, bool succeeded, out TxnResult? result)
    {
        result = null;
        var responses = ImmutableArray.CreateBuilder<(OperationResult, Revision)>(steps.Length);
        foreach (var step in steps)
        {
            OperationResult? answer;
            StoreError error;
            if (step is RangeOperation range) (error, answer) = (snapshot.Range(range.Query, out var found), found);
            else (error, answer) = (Run(snapshot, (TxnOperation)step, out var nested), nested);
            if (error != StoreError.None) return error;
            Invariant.Check(answer is not null);
            responses.Add((answer, snapshot.Revision));
        }
        result = new TxnResult(succeeded, responses.MoveToImmutable());
        return StoreError.None;
    }

    private static bool Holds(StoreSnapshot snapshot, Comparison comparison)
    {
        if (comparison.RangeEnd.IsEmpty) return Holds(comparison, snapshot.Get(comparison.Key));
        ReadOnlyMemory<byte> end = comparison.RangeEnd.Span is [0] ? default : comparison.RangeEnd;
        var any = false;
        foreach (var pair in snapshot.Scan(comparison.Key, end))
        {
            any = true;
            if (!Holds(comparison, pair)) return false;
        }
        return any || Holds(comparison, null);
    }

    private static bool Holds(Comparison comparison, KeyValue? pair)
    {
        if (pair is null && comparison.Target == CompareTarget.Value) return false;
        var order = comparison.Target switch
        {
            CompareTarget.Version => (pair?.Version ?? 0).CompareTo(comparison.Number),
            CompareTarget.Create => (pair?.CreateRevision.Value ?? 0).CompareTo(comparison.Number),
            CompareTarget.Mod => (pair?.ModRevision.Value ?? 0).CompareTo(comparison.Number),
            CompareTarget.Lease => (pair?.Lease.Value ?? 0).CompareTo(comparison.Number),
            CompareTarget.Value => pair!.Value.Span.SequenceCompareTo(comparison.Value.Span),
            _ => throw Invariant.Fail($"unknown comparison target {comparison.Target}"),
        };
        return comparison.Result switch
        {
            CompareResult.Equal => order == 0,
            CompareResult.Greater => order > 0,
            CompareResult.Less => order < 0,
            CompareResult.NotEqual => order != 0,
            _ => throw Invariant.Fail($"unknown comparison {comparison.Result}"),
        };
    }
}
