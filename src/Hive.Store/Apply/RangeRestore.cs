using Hive.Store.Memory;
using Hive.Store.Reads;

namespace Hive.Store.Apply;

/// <summary>Carries out a restore: planned first, on the state as it is, so that a refused one has changed nothing; then done, which cannot fail.</summary>
internal sealed class RangeRestore(StateWriter writer)
{
    public StoreError Run(RestoreCommand command, out RestoreResult? result)
    {
        result = null;
        var error = RestorePlan.Make(writer.Roots, command, out var plan);
        if (error != StoreError.None) return error;
        foreach (var live in plan!.Deletes) writer.Delete(live);
        foreach (var then in plan.Puts)
        {
            var record = writer.Heap.Open(then);
            writer.Put(record.Key, record.Value, record.Lease);
        }
        result = plan.Result;
        return StoreError.None;
    }
}
