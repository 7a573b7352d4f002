using Hive.Jepsen.Histories;
using Hive.Jepsen.Members;
using Hive.Jepsen.Nemeses;

namespace Hive.Jepsen.Runs;

/// <summary>How well the cluster served, from what its clients saw.</summary>
public static class Progress
{
    /// <summary>The longest time between two instants in which no operation succeeded.</summary>
    public static TimeSpan LongestStall(IReadOnlyList<Operation> history, long from, long until)
    {
        long longest = 0, last = from;
        foreach (long at in history.Where(o => o.Outcome == Outcome.Ok && o.CompletedAt >= from && o.CompletedAt <= until).Select(o => o.CompletedAt).Order().Append(until))
        {
            longest = Math.Max(longest, at - last);
            last = at;
        }
        return Span(longest);
    }

    /// <summary>
    /// From the healing of a fault, when no other one holds, until an operation has succeeded through every member; the slowest of all. A new
    /// fault ends the wait: it counts as long as it lasted. Null when there was no such instant.
    /// </summary>
    public static TimeSpan? SlowestRecovery(IReadOnlyList<Operation> history, IReadOnlyList<FaultSpan> faults)
    {
        long[][] answers = [.. history.Where(o => o.Outcome == Outcome.Ok && o.Member != Cluster.AnyMember && o.Member.Length > 0).GroupBy(o => o.Member, StringComparer.Ordinal)
            .Select(g => (long[])[.. g.Select(o => o.CompletedAt).Order()])];
        TimeSpan? slowest = null;
        foreach (FaultSpan fault in faults.Where(f => !faults.Any(other => other.From <= f.Until && other.Until > f.Until)))
        {
            long next = faults.Where(f => f.From > fault.Until).Select(f => f.From).DefaultIfEmpty(long.MaxValue).Min();
            long recovered = answers.Select(a => FirstAfter(a, fault.Until)).DefaultIfEmpty(long.MaxValue).Max();
            if (Math.Min(recovered, next) is var at && at == long.MaxValue) continue;
            if (slowest is null || Span(at - fault.Until) > slowest) slowest = Span(at - fault.Until);
        }
        return slowest;
    }

    private static long FirstAfter(long[] times, long at)
    {
        int found = Array.BinarySearch(times, at);
        int next = found < 0 ? ~found : found + 1;
        return next < times.Length ? times[next] : long.MaxValue;
    }

    private static TimeSpan Span(long nanoseconds) => TimeSpan.FromMicroseconds(nanoseconds / 1000.0);
}
