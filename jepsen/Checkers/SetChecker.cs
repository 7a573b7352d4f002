using System.Collections.Immutable;
using Hive.Jepsen.Histories;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Checkers;

/// <summary>
/// A set: whatever was acknowledged before a read began is in it, once; what nobody tried, what certainly failed and what was added only
/// after the read ended is not.
/// </summary>
public static class SetChecker
{
    private const int Told = 5;

    public static Verdict Check(IEnumerable<Operation> history)
    {
        Operation[] operations = [.. history.OrderBy(o => o.InvokedAt).ThenBy(o => o.Index)];
        var anomalies = ImmutableArray.CreateBuilder<Anomaly>();
        var adds = new Dictionary<long, Operation>();
        foreach (Operation operation in operations)
        {
            if (operation.Action is Action.Add add && !adds.TryAdd(add.Element, operation)) anomalies.Add(new Anomaly("bad test", $"element {add.Element} is added twice:\n  {adds[add.Element]}\n  {operation}"));
        }
        Operation[] reads = [.. operations.Where(o => o is { Outcome: Outcome.Ok, Action: Action.ReadAll })];
        foreach (Operation read in reads) Judge(read, adds, anomalies);
        long lastAdd = adds.Values.Where(a => a.Outcome == Outcome.Ok).Select(a => a.CompletedAt).DefaultIfEmpty(long.MinValue).Max();
        bool covered = reads.Any(r => r.InvokedAt > lastAdd);
        return new Verdict("sets", anomalies.ToImmutable(), covered ? "" : "no read of the set succeeded after the last acknowledged add");
    }

    private static void Judge(Operation read, Dictionary<long, Operation> adds, ImmutableArray<Anomaly>.Builder anomalies)
    {
        ImmutableArray<long> elements = ((Action.ReadAll)read.Action).Elements;
        var present = new HashSet<long>(elements);
        Tell("lost", "was acknowledged before the read and is not in it", adds.Where(a => a.Value.Outcome == Outcome.Ok && a.Value.CompletedAt < read.InvokedAt && !present.Contains(a.Key)).Select(a => a.Key));
        Tell("doubled", "is in the read more than once", elements.GroupBy(e => e).Where(g => g.Count() > 1).Select(g => g.Key));
        Tell("unexpected", "is in the read, though nobody can have added it by then", present.Where(e => !adds.TryGetValue(e, out Operation? add) || add.Outcome == Outcome.Failed || add.InvokedAt > read.CompletedAt));

        void Tell(string kind, string how, IEnumerable<long> culprits)
        {
            long[] all = [.. culprits.Order()];
            if (all.Length == 0) return;
            IEnumerable<string> lines = all.Take(Told).Select(e => adds.TryGetValue(e, out Operation? add) ? $"{e} {how}: {add}" : $"{e} {how}: nobody tried to");
            anomalies.Add(new Anomaly(kind, $"{all.Length} elements of {read}:\n  {string.Join("\n  ", lines)}"));
        }
    }
}
