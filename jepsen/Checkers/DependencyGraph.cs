using System.Text;
using Hive.Jepsen.Histories;

namespace Hive.Jepsen.Checkers;

/// <summary>Why one transaction must come before another (Adya 1999, and real time for strictness). Ordered by how much a system must promise to forbid it.</summary>
public enum DependencyKind
{
    /// <summary>The second overwrote what the first wrote.</summary>
    WriteWrite,

    /// <summary>The second read what the first wrote.</summary>
    WriteRead,

    /// <summary>The second overwrote what the first read.</summary>
    ReadWrite,

    /// <summary>The first had been answered before the second was asked.</summary>
    RealTime,
}

/// <summary>Transactions and what orders them. A cycle is an anomaly; its name follows from the edges that it cannot do without.</summary>
internal sealed class DependencyGraph
{
    private readonly Operation[] _operations;
    private readonly Dictionary<int, int> _slots = [];
    private readonly List<(int To, DependencyKind Kind, string Key)>[] _edges;

    /// <summary>Slots from the number of operations on are moments of time: they carry real-time edges in linear number.</summary>
    public DependencyGraph(Operation[] operations)
    {
        _operations = operations;
        for (int i = 0; i < operations.Length; i++) _slots[operations[i].Index] = i;
        _edges = [.. Enumerable.Range(0, operations.Length * 2).Select(_ => new List<(int, DependencyKind, string)>())];
    }

    public void Add(Operation from, Operation to, DependencyKind kind, string key)
    {
        if (from.Index == to.Index || !_slots.TryGetValue(from.Index, out int a) || !_slots.TryGetValue(to.Index, out int b)) return;
        _edges[a].Add((b, kind, key));
    }

    /// <summary>
    /// One moment for each answer, in order of time: an operation leads to the moment of its answer, a moment to the next one, and the last
    /// moment before an invocation to that operation.
    /// </summary>
    public void AddRealTime()
    {
        int n = _operations.Length;
        int[] byEnd = [.. Enumerable.Range(0, n).Where(i => _operations[i].Outcome == Outcome.Ok).OrderBy(i => _operations[i].End).ThenBy(i => i)];
        for (int k = 0; k < byEnd.Length; k++)
        {
            _edges[byEnd[k]].Add((n + k, DependencyKind.RealTime, ""));
            if (k > 0) _edges[n + k - 1].Add((n + k, DependencyKind.RealTime, ""));
        }
        int last = -1;
        foreach (int i in Enumerable.Range(0, n).OrderBy(i => _operations[i].InvokedAt).ThenBy(i => i))
        {
            while (last + 1 < byEnd.Length && _operations[byEnd[last + 1]].End < _operations[i].InvokedAt) last++;
            if (last >= 0) _edges[n + last].Add((i, DependencyKind.RealTime, ""));
        }
    }

    /// <summary>A shortest cycle for each tangle of transactions, weakest kind first; each tangle is told once.</summary>
    public IEnumerable<Anomaly> FindCycles(int limit)
    {
        (string Name, DependencyKind Most)[] classes =
            [("G0", DependencyKind.WriteWrite), ("G1c", DependencyKind.WriteRead), ("G2", DependencyKind.ReadWrite), ("realtime", DependencyKind.RealTime)];
        var told = new SortedSet<int>();
        foreach ((string name, DependencyKind most) in classes)
        {
            foreach (List<int> tangle in Tangles(most))
            {
                if (told.Count > 0 && tangle.Any(told.Contains)) continue;
                List<(int From, DependencyKind Kind, string Key)>? cycle = ShortestCycle(tangle, most);
                if (cycle is null) continue;
                told.UnionWith(tangle);
                if (limit-- <= 0) yield break;
                yield return new Anomaly(Name(name, cycle), Explain(cycle));
            }
        }
    }

    /// <summary>With exactly one read-write edge a cycle is G-single (read skew); with real-time edges beside, its name says so.</summary>
    private static string Name(string name, List<(int From, DependencyKind Kind, string Key)> cycle)
    {
        int antiDependencies = cycle.Count(e => e.Kind == DependencyKind.ReadWrite);
        if (name == "G2") return antiDependencies == 1 ? "G-single" : "G2";
        if (name != "realtime") return name;
        return antiDependencies switch { 0 => "G1c-realtime", 1 => "G-single-realtime", _ => "G2-realtime" };
    }

    private string Explain(List<(int From, DependencyKind Kind, string Key)> cycle)
    {
        var text = new StringBuilder("each of these must come before the next, and the last before the first:");
        foreach ((int from, DependencyKind kind, string key) in cycle.Where(e => e.From < _operations.Length))
        {
            string why = kind switch
            {
                DependencyKind.WriteWrite => $"its append to {key} was followed by the next one's",
                DependencyKind.WriteRead => $"its append to {key} was read by the next one",
                DependencyKind.ReadWrite => $"it did not see the next one's append to {key}",
                _ => "it was answered before the next one was asked",
            };
            text.Append("\n  ").Append(_operations[from]).Append("\n    ").Append(why);
        }
        return text.ToString();
    }

    private IEnumerable<(int To, DependencyKind Kind, string Key)> Edges(int from, DependencyKind most) => _edges[from].Where(e => e.Kind <= most);

    /// <summary>Strongly connected components of more than one node (Tarjan), without recursion.</summary>
    private List<List<int>> Tangles(DependencyKind most)
    {
        int n = _edges.Length, counter = 0;
        int[] index = new int[n], low = new int[n];
        bool[] onStack = new bool[n];
        var stack = new Stack<int>();
        var found = new List<List<int>>();
        for (int root = 0; root < n; root++)
        {
            if (index[root] != 0) continue;
            var work = new Stack<(int Node, IEnumerator<(int To, DependencyKind Kind, string Key)> Leaving)>();
            void Enter(int node)
            {
                index[node] = low[node] = ++counter;
                stack.Push(node);
                onStack[node] = true;
                work.Push((node, Edges(node, most).GetEnumerator()));
            }
            Enter(root);
            while (work.TryPeek(out var top))
            {
                if (top.Leaving.MoveNext())
                {
                    int to = top.Leaving.Current.To;
                    if (index[to] == 0) Enter(to);
                    else if (onStack[to]) low[top.Node] = Math.Min(low[top.Node], index[to]);
                    continue;
                }
                work.Pop();
                if (work.TryPeek(out var parent)) low[parent.Node] = Math.Min(low[parent.Node], low[top.Node]);
                if (low[top.Node] != index[top.Node]) continue;
                var component = new List<int>();
                int member;
                do
                {
                    member = stack.Pop();
                    onStack[member] = false;
                    component.Add(member);
                }
                while (member != top.Node);
                if (component.Count > 1) found.Add(component);
            }
        }
        return found;
    }

    /// <summary>Breadth first from each transaction of the tangle, within it; the shortest of all.</summary>
    private List<(int From, DependencyKind Kind, string Key)>? ShortestCycle(List<int> tangle, DependencyKind most)
    {
        var members = new HashSet<int>(tangle);
        List<(int, DependencyKind, string)>? best = null;
        foreach (int start in tangle.Where(t => t < _operations.Length).Order().Take(64))
        {
            var cameFrom = new Dictionary<int, (int From, DependencyKind Kind, string Key)>();
            var queue = new Queue<int>([start]);
            while (queue.TryDequeue(out int at) && !cameFrom.ContainsKey(start))
            {
                foreach ((int to, DependencyKind kind, string key) in Edges(at, most))
                {
                    if (members.Contains(to) && cameFrom.TryAdd(to, (at, kind, key))) queue.Enqueue(to);
                }
            }
            if (!cameFrom.ContainsKey(start)) continue;
            var cycle = new List<(int, DependencyKind, string)>();
            int node = start;
            do
            {
                cycle.Add(cameFrom[node]);
                node = cameFrom[node].From;
            }
            while (node != start);
            cycle.Reverse();
            if (best is null || cycle.Count < best.Count) best = cycle;
        }
        return best;
    }
}
