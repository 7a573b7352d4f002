using System.Collections.Immutable;
using Hive.Jepsen.Histories;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Checkers;

/// <summary>
/// Strict serializability of transactions that append to and read lists, after Elle (Kingsbury and Alvaro, VLDB 2020): a read shows the whole
/// order of versions of its list, so dependencies between transactions can be read off, and a cycle of them is an anomaly (Adya's
/// classes), named by the weakest edges it needs. Elements are unique for each key.
/// </summary>
public static class ListAppendChecker
{
    /// <summary>Cycles told in full; further ones are only counted.</summary>
    private const int ExplainedCycles = 5;

    public static Verdict Check(IEnumerable<Operation> history)
    {
        Operation[] operations = [.. history.Where(o => o.Action is Action.Transaction).OrderBy(o => o.InvokedAt).ThenBy(o => o.Index)];
        var anomalies = ImmutableArray.CreateBuilder<Anomaly>();
        Dictionary<(string, long), Operation> writers = Writers(operations, anomalies);
        HashSet<(string, long)> seen = SeenElements(operations);
        Operation[] happened = [.. operations.Where(o => o.Outcome == Outcome.Ok || (o.Outcome == Outcome.Unknown && Steps(o).Any(s => s.Read is null && seen.Contains((s.Key, s.Append)))))];
        ReadAnomalies(operations, writers, anomalies);
        SortedDictionary<string, ImmutableArray<long>> orders = Orders(operations, anomalies);
        var graph = new DependencyGraph(happened);
        AddDependencies(graph, happened, orders, writers);
        graph.AddRealTime();
        foreach (Anomaly cycle in graph.FindCycles(ExplainedCycles)) anomalies.Add(cycle);
        return new Verdict("strictly serializable lists", anomalies.ToImmutable());
    }

    private static ImmutableArray<ListStep> Steps(Operation operation) => ((Action.Transaction)operation.Action).Steps;

    private static Dictionary<(string, long), Operation> Writers(Operation[] operations, ImmutableArray<Anomaly>.Builder anomalies)
    {
        var writers = new Dictionary<(string, long), Operation>();
        foreach (Operation operation in operations)
        {
            foreach (ListStep step in Steps(operation).Where(s => s.Read is null))
            {
                if (!writers.TryAdd((step.Key, step.Append), operation)) anomalies.Add(new Anomaly("bad test", $"element {step.Append} of {step.Key} is appended twice:\n  {writers[(step.Key, step.Append)]}\n  {operation}"));
            }
        }
        return writers;
    }

    /// <summary>Every element that some read shows.</summary>
    private static HashSet<(string, long)> SeenElements(Operation[] operations) =>
        [.. operations.Where(o => o.Outcome == Outcome.Ok).SelectMany(o => Steps(o).Where(s => s.Read is not null).SelectMany(s => s.Read!.Value.Select(e => (s.Key, e))))];

    /// <summary>What one read alone gives away: elements of failed transactions (G1a), of the middle of one (G1b), twice, or of nobody; own writes missing.</summary>
    private static void ReadAnomalies(Operation[] operations, Dictionary<(string, long), Operation> writers, ImmutableArray<Anomaly>.Builder anomalies)
    {
        foreach (Operation operation in operations.Where(o => o.Outcome == Outcome.Ok))
        {
            var own = new SortedDictionary<string, List<long>>(StringComparer.Ordinal);
            foreach (ListStep step in Steps(operation))
            {
                if (step.Read is not { } seen)
                {
                    if (!own.TryGetValue(step.Key, out List<long>? appended)) own[step.Key] = appended = [];
                    appended.Add(step.Append);
                    continue;
                }
                if (seen.Distinct().Count() != seen.Length) anomalies.Add(new Anomaly("duplicate elements", $"a read shows an element twice:\n  {operation}"));
                if (own.TryGetValue(step.Key, out List<long>? mine) && !seen.AsEnumerable().TakeLast(mine.Count).SequenceEqual(mine)) anomalies.Add(new Anomaly("internal", $"a transaction does not see its own appends at the end of {step.Key}:\n  {operation}"));
                foreach (long element in seen)
                {
                    if (!writers.TryGetValue((step.Key, element), out Operation? writer)) anomalies.Add(new Anomaly("read from nowhere", $"nobody appended {element} to {step.Key}:\n  {operation}"));
                    else if (writer.Outcome == Outcome.Failed) anomalies.Add(new Anomaly("G1a", $"aborted read: {element} of {step.Key} was appended by a transaction that failed\n  {writer}\nand is seen by\n  {operation}"));
                }
                IntermediateRead(operation, step.Key, seen, writers, anomalies);
            }
        }
    }

    private static void IntermediateRead(Operation reader, string key, ImmutableArray<long> seen, Dictionary<(string, long), Operation> writers, ImmutableArray<Anomaly>.Builder anomalies)
    {
        if (seen.IsEmpty || !writers.TryGetValue((key, seen[^1]), out Operation? writer) || writer.Index == reader.Index) return;
        long last = Steps(writer).Last(s => s.Read is null && s.Key == key).Append;
        if (last != seen[^1]) anomalies.Add(new Anomaly("G1b", $"intermediate read: {key} ends with {seen[^1]}, which was not the last append of\n  {writer}\nyet is seen by\n  {reader}"));
    }

    /// <summary>The version order of each list: the longest read, of which every other must be a prefix.</summary>
    private static SortedDictionary<string, ImmutableArray<long>> Orders(Operation[] operations, ImmutableArray<Anomaly>.Builder anomalies)
    {
        var longest = new SortedDictionary<string, (ImmutableArray<long> Order, Operation By)>(StringComparer.Ordinal);
        (string Key, ImmutableArray<long> Seen, Operation By)[] reads =
            [.. operations.Where(o => o.Outcome == Outcome.Ok).SelectMany(o => Steps(o).Where(s => s.Read is not null).Select(s => (s.Key, s.Read!.Value, o)))];
        foreach ((string key, ImmutableArray<long> seen, Operation by) in reads)
        {
            if (!longest.TryGetValue(key, out var present) || seen.Length > present.Order.Length) longest[key] = (seen, by);
        }
        foreach ((string key, ImmutableArray<long> seen, Operation by) in reads)
        {
            if (!longest[key].Order.AsSpan()[..seen.Length].SequenceEqual(seen.AsSpan()))
            {
                anomalies.Add(new Anomaly("incompatible order", $"two reads of {key} show orders of which neither begins with the other:\n  {longest[key].By}\n  {by}"));
            }
        }
        var orders = new SortedDictionary<string, ImmutableArray<long>>(StringComparer.Ordinal);
        foreach ((string key, var entry) in longest) orders[key] = entry.Order;
        return orders;
    }

    private static void AddDependencies(DependencyGraph graph, Operation[] happened, SortedDictionary<string, ImmutableArray<long>> orders, Dictionary<(string, long), Operation> writers)
    {
        foreach ((string key, ImmutableArray<long> order) in orders)
        {
            for (int i = 1; i < order.Length; i++) Add(graph, writers, key, order[i - 1], order[i]);
        }
        ILookup<string, Operation> unseen = Unseen(happened, orders);
        foreach (Operation operation in happened.Where(o => o.Outcome == Outcome.Ok))
        {
            foreach (ListStep step in Steps(operation))
            {
                if (step.Read is not { } seen) continue;
                if (!seen.IsEmpty && writers.TryGetValue((step.Key, seen[^1]), out Operation? writer)) graph.Add(writer, operation, DependencyKind.WriteRead, step.Key);
                ImmutableArray<long> order = orders[step.Key];
                if (seen.Length < order.Length && writers.TryGetValue((step.Key, order[seen.Length]), out Operation? overwriter)) graph.Add(operation, overwriter, DependencyKind.ReadWrite, step.Key);
                if (seen.Length < order.Length) continue;
                foreach (Operation later in unseen[step.Key]) graph.Add(operation, later, DependencyKind.ReadWrite, step.Key);
            }
        }
    }

    /// <summary>Appends that were acknowledged and are in no read, by list: each comes after every read of the longest version.</summary>
    private static ILookup<string, Operation> Unseen(Operation[] happened, SortedDictionary<string, ImmutableArray<long>> orders)
    {
        var seen = new HashSet<(string, long)>(orders.SelectMany(o => o.Value.Select(e => (o.Key, e))));
        return happened.Where(o => o.Outcome == Outcome.Ok)
            .SelectMany(o => Steps(o).Where(s => s.Read is null && !seen.Contains((s.Key, s.Append))).Select(s => (s.Key, Writer: o)))
            .ToLookup(p => p.Key, p => p.Writer, StringComparer.Ordinal);
    }

    private static void Add(DependencyGraph graph, Dictionary<(string, long), Operation> writers, string key, long before, long after)
    {
        if (writers.TryGetValue((key, before), out Operation? first) && writers.TryGetValue((key, after), out Operation? second)) graph.Add(first, second, DependencyKind.WriteWrite, key);
    }
}
