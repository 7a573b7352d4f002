using System.Collections.Immutable;
using Hive.Jepsen.Histories;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Checkers;

/// <summary>
/// Counters that only grow: a read shows at least what was acknowledged before it began and at most what had been tried when it ended, and
/// never less than a read that had ended before it began. Increments are idempotent: no two share a revision.
/// </summary>
public static class CounterChecker
{
    public static Verdict Check(IEnumerable<Operation> history)
    {
        var anomalies = ImmutableArray.CreateBuilder<Anomaly>();
        var open = new List<string>();
        foreach (IGrouping<string, Operation> counter in history.GroupBy(o => o.Key, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            Operation[] increments = [.. counter.Where(o => o.Action is Action.Increment && o.Outcome != Outcome.Failed)];
            Operation[] reads = [.. counter.Where(o => o is { Action: Action.ReadCount, Outcome: Outcome.Ok }).OrderBy(o => o.InvokedAt).ThenBy(o => o.Index)];
            Bounds(increments, reads, anomalies);
            Order(reads, anomalies);
            Revisions(increments, anomalies);
            long last = increments.Where(i => i.Outcome == Outcome.Ok).Select(i => i.CompletedAt).DefaultIfEmpty(long.MinValue).Max();
            if (!reads.Any(r => r.InvokedAt > last)) open.Add(counter.Key);
        }
        return new Verdict("counters", anomalies.ToImmutable(), open.Count == 0 ? "" : $"no read succeeded after the last acknowledged increment of {string.Join(", ", open)}");
    }

    private static void Bounds(Operation[] increments, Operation[] reads, ImmutableArray<Anomaly>.Builder anomalies)
    {
        long[] acknowledged = [.. increments.Where(i => i.Outcome == Outcome.Ok).Select(i => i.CompletedAt).Order()];
        long[] tried = [.. increments.Select(i => i.InvokedAt).Order()];
        foreach (Operation read in reads)
        {
            long count = ((Action.ReadCount)read.Action).Count;
            int least = Below(acknowledged, read.InvokedAt), most = Below(tried, read.CompletedAt + 1);
            if (count < least)
            {
                anomalies.Add(new Anomaly("lost increment", $"{least} increments were acknowledged before this read, which misses {least - count} of them:\n  {read}"));
                return;
            }
            if (count > most)
            {
                anomalies.Add(new Anomaly("doubled increment", $"only {most} increments had been tried when this read ended, which shows {count - most} more:\n  {read}"));
                return;
            }
        }
    }

    /// <summary>Against the highest count among the reads that had ended before each began.</summary>
    private static void Order(Operation[] reads, ImmutableArray<Anomaly>.Builder anomalies)
    {
        Operation[] byEnd = [.. reads.OrderBy(r => r.CompletedAt)];
        Operation? highest = null;
        int ended = 0;
        foreach (Operation read in reads)
        {
            for (; ended < byEnd.Length && byEnd[ended].CompletedAt < read.InvokedAt; ended++)
            {
                if (highest is null || Count(byEnd[ended]) > Count(highest)) highest = byEnd[ended];
            }
            if (highest is null || Count(read) >= Count(highest)) continue;
            anomalies.Add(new Anomaly("stale read", $"a counter went back between two reads:\n  {highest}\n  {read}"));
            return;
        }
    }

    private static void Revisions(Operation[] increments, ImmutableArray<Anomaly>.Builder anomalies)
    {
        foreach (IGrouping<long, Operation> shared in increments.Where(i => i is { Outcome: Outcome.Ok, Revision: > 0 }).GroupBy(i => i.Revision).Where(g => g.Count() > 1).Take(1))
        {
            anomalies.Add(new Anomaly("shared revision", $"increments with different ids were given one revision:\n  {string.Join("\n  ", shared)}"));
        }
    }

    private static long Count(Operation read) => ((Action.ReadCount)read.Action).Count;

    /// <summary>How many of the sorted times are below one.</summary>
    private static int Below(long[] times, long limit)
    {
        int found = Array.BinarySearch(times, limit);
        if (found < 0) return ~found;
        while (found > 0 && times[found - 1] == limit) found--;
        return found;
    }
}
