using Hive.Jepsen.Histories;
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
    /// From the healing of each fault, when no other one holds, until every member has answered. A new fault ends the wait: it counts as long as it lasted.
    /// </summary>
    /// <param name="answers">Of <see cref="Probes"/>.</param>
    public static IEnumerable<Recovery> Recoveries(IEnumerable<Answer> answers, IReadOnlyList<FaultSpan> faults)
    {
        (string Member, long[] At)[] members = [.. answers.GroupBy(a => a.Member, StringComparer.Ordinal).Select(g => (g.Key, (long[])[.. g.Select(a => a.At).Order()]))];
        foreach (FaultSpan fault in faults.Where(f => !faults.Any(other => other.From <= f.Until && other.Until > f.Until)))
        {
            long next = faults.Where(f => f.From > fault.Until).Select(f => f.From).DefaultIfEmpty(long.MaxValue).Min();
            (string last, long recovered) = members.Select(m => (m.Member, FirstAfter(m.At, fault.Until))).DefaultIfEmpty(("", long.MaxValue)).MaxBy(m => m.Item2);
            if (Math.Min(recovered, next) is var at && at != long.MaxValue) yield return new Recovery(fault, Span(at - fault.Until), at == recovered ? last : "");
        }
    }

    private static long FirstAfter(long[] times, long at)
    {
        int found = Array.BinarySearch(times, at);
        int next = found < 0 ? ~found : found + 1;
        return next < times.Length ? times[next] : long.MaxValue;
    }

    private static TimeSpan Span(long nanoseconds) => TimeSpan.FromMicroseconds(nanoseconds / 1000.0);
}
