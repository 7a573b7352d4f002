using System.Collections.Immutable;
using Hive.Store.Memory;
using Hive.Store.Reads;
using Hive.Store.State;

namespace Hive.Store.Apply;

/// <summary>Evaluates the comparisons of transactions.</summary>
internal static class Comparisons
{
    public static bool AllHold(StateWriter writer, ImmutableArray<Comparison> comparisons)
    {
        foreach (var comparison in comparisons)
        {
            if (!Holds(writer, comparison)) return false;
        }
        return true;
    }

    private static bool Holds(StateWriter writer, Comparison comparison)
    {
        if (comparison.RangeEnd.IsEmpty)
        {
            return writer.TryFind(comparison.Key.Span, out var reference)
                ? HoldsFor(writer.Heap.Open(reference), comparison)
                : HoldsForAbsent(comparison);
        }
        var range = new KeyRange(comparison.Key.Span, comparison.RangeEnd.Span);
        var cursor = new VisibleCursor(writer.Roots, range.Start, writer.ReadRevision, writer.ReadRevision);
        var any = false;
        while (cursor.TryNext(out var reference) && cursor.Open(reference) is var record && range.Reaches(record.Key))
        {
            if (!HoldsFor(record, comparison)) return false;
            any = true;
        }
        return any || HoldsForAbsent(comparison);
    }

    private static bool HoldsForAbsent(Comparison comparison) =>
        comparison.Target != CompareTarget.Value && Satisfies(0L.CompareTo(comparison.Number), comparison.Result);

    private static bool HoldsFor(Record record, Comparison comparison)
    {
        var standing = comparison.Target switch
        {
            CompareTarget.Version => record.Version.CompareTo(comparison.Number),
            CompareTarget.Create => record.Create.CompareTo(comparison.Number),
            CompareTarget.Mod => record.Mod.CompareTo(comparison.Number),
            CompareTarget.Lease => record.Lease.CompareTo(comparison.Number),
            _ => record.Value.SequenceCompareTo(comparison.Value.Span),
        };
        return Satisfies(standing, comparison.Result);
    }

    private static bool Satisfies(int standing, CompareResult result) => result switch
    {
        CompareResult.Equal => standing == 0,
        CompareResult.Greater => standing > 0,
        CompareResult.Less => standing < 0,
        _ => standing != 0,
    };
}
