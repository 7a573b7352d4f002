using System.Collections.Immutable;
using Hive.Jepsen.Histories;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Checkers;

/// <summary>
/// Linearizability of registers with read, write and compare-and-set, by the search of Wing and Gong with Lowe's cache of (operations taken,
/// state). Keys are independent objects, so each is judged alone (P-compositionality, Herlihy and Wing 1990).
/// </summary>
public static class RegisterChecker
{
    /// <summary>Configurations remembered for one key before the search gives up and says so: about 200 MB.</summary>
    public const int ConfigurationLimit = 2_000_000;

    private const int ExplainedOperations = 12;

    public static Verdict Check(IEnumerable<Operation> history)
    {
        var anomalies = ImmutableArray.CreateBuilder<Anomaly>();
        var tired = new List<string>();
        foreach (IGrouping<string, Operation> key in history.GroupBy(o => o.Key, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            Operation[] relevant = [.. key.Where(Matters).OrderBy(o => o.InvokedAt).ThenBy(o => o.Index)];
            switch (new Search(relevant).Run(out int reached))
            {
                case false:
                    anomalies.Add(new Anomaly("not linearizable", Explain(key.Key, relevant, reached)));
                    break;
                case null:
                    tired.Add($"{key.Key}: more than {ConfigurationLimit} configurations");
                    break;
            }
        }
        return new Verdict("linearizable registers", anomalies.ToImmutable(), string.Join("; ", tired));
    }

    /// <summary>What certainly did not happen, and reads that nobody saw, say nothing.</summary>
    private static bool Matters(Operation operation) =>
        operation.Outcome == Outcome.Ok || (operation.Outcome == Outcome.Unknown && operation.Action is not Action.Read);

    /// <summary>The operations around the point that no order gets past.</summary>
    private static string Explain(string key, Operation[] operations, int reached)
    {
        Operation stuck = operations[Math.Min(reached, operations.Length - 1)];
        IEnumerable<Operation> around = operations.Where(o => o.InvokedAt <= stuck.End && o.End >= stuck.InvokedAt - (stuck.End == long.MaxValue ? 0 : stuck.End - stuck.InvokedAt));
        Operation? before = operations.Where(o => o.End < stuck.InvokedAt && o.Action is not Action.Read).MaxBy(o => o.End);
        IEnumerable<Operation> shown = (before is null ? [] : new[] { before }).Concat(around).Distinct().OrderBy(o => o.InvokedAt).Take(ExplainedOperations);
        return $"key {key}: no order of its operations respects real time and gives every answer. It cannot be extended past\n  {stuck}\nwith, around it:\n  {string.Join("\n  ", shown)}";
    }

    /// <summary>Depth first over "which operation took effect next", on a list of calls and returns in time order.</summary>
    private sealed class Search
    {
        private readonly Operation[] _operations;
        private readonly int[] _next;
        private readonly int[] _previous;
        private readonly int[] _return;
        private readonly int _head;
        private readonly HashSet<Configuration> _seen = [];

        /// <summary>Events 0..n-1 are calls, n..2n-1 returns, 2n the head of the list.</summary>
        public Search(Operation[] operations)
        {
            _operations = operations;
            int n = operations.Length;
            _head = 2 * n;
            _next = new int[2 * n + 1];
            _previous = new int[2 * n + 1];
            _return = new int[n];
            int[] order = [.. Enumerable.Range(0, 2 * n).OrderBy(e => e < n ? operations[e].InvokedAt : operations[e - n].End).ThenBy(e => e < n ? 0 : 1).ThenBy(e => e)];
            int at = _head;
            foreach (int e in order)
            {
                _next[at] = e;
                _previous[e] = at;
                at = e;
            }
            _next[at] = -1;
            for (int i = 0; i < n; i++) _return[i] = n + i;
        }

        /// <summary>True: linearizable. False: not. Null: gave up. <paramref name="reached"/> is the operation that the deepest try could not get past.</summary>
        public bool? Run(out int reached)
        {
            int n = _operations.Length, needed = _operations.Count(o => o.Outcome == Outcome.Ok);
            reached = 0;
            int deepest = -1, taken = 0;
            var done = new ulong[(n + 63) / 64];
            var stack = new Stack<(int Operation, long? State)>();
            long? state = null;
            int at = _next[_head];
            while (needed > 0)
            {
                if (at >= 0 && at < n)
                {
                    if (TryStep(_operations[at].Action, _operations[at].Outcome, state, out long? after) && Remember(done, at, after))
                    {
                        if (_seen.Count > ConfigurationLimit) return null;
                        stack.Push((at, state));
                        state = after;
                        taken++;
                        if (_operations[at].Outcome == Outcome.Ok) needed--;
                        Lift(at);
                        at = _next[_head];
                    }
                    else
                    {
                        at = _next[at];
                    }
                    continue;
                }
                // A return comes next: its operation had to take effect before here and did not. (-1: only unknown ones are left.)
                if (at >= n && _operations[at - n].Outcome == Outcome.Unknown)
                {
                    at = _next[at];
                    continue;
                }
                if (at >= 0 && taken > deepest)
                {
                    deepest = taken;
                    reached = at - n;
                }
                if (stack.Count == 0) return false;
                (int undone, state) = stack.Pop();
                taken--;
                if (_operations[undone].Outcome == Outcome.Ok) needed++;
                done[undone / 64] &= ~(1UL << (undone % 64));
                Unlift(undone);
                at = _next[undone];
            }
            return true;
        }

        private bool Remember(ulong[] done, int operation, long? state)
        {
            done[operation / 64] |= 1UL << (operation % 64);
            if (_seen.Add(new Configuration([.. done], state))) return true;
            done[operation / 64] &= ~(1UL << (operation % 64));
            return false;
        }

        private void Lift(int call)
        {
            Unlink(call);
            Unlink(_return[call]);
        }

        private void Unlift(int call)
        {
            Relink(_return[call]);
            Relink(call);
        }

        private void Unlink(int e)
        {
            _next[_previous[e]] = _next[e];
            if (_next[e] >= 0) _previous[_next[e]] = _previous[e];
        }

        private void Relink(int e)
        {
            _next[_previous[e]] = e;
            if (_next[e] >= 0) _previous[_next[e]] = e;
        }

        private static bool TryStep(Action action, Outcome outcome, long? state, out long? after)
        {
            after = state;
            switch (action)
            {
                case Action.Read read:
                    return read.Value == state;
                case Action.Write write:
                    after = write.Value;
                    return true;
                case Action.CompareAndSet cas when outcome == Outcome.Unknown:
                    if (state == cas.Old) after = cas.New;
                    return true;
                case Action.CompareAndSet { Swapped: true } cas:
                    after = cas.New;
                    return state == cas.Old;
                case Action.CompareAndSet cas:
                    return state != cas.Old;
                default:
                    throw new InvalidOperationException($"a register knows no {action}");
            }
        }
    }

    private readonly struct Configuration(ulong[] done, long? state) : IEquatable<Configuration>
    {
        private readonly ulong[] _done = done;
        private readonly long? _state = state;

        public bool Equals(Configuration other) => _state == other._state && _done.AsSpan().SequenceEqual(other._done);

        public override bool Equals(object? other) => other is Configuration configuration && Equals(configuration);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.Add(_state);
            foreach (ulong word in _done) hash.Add(word);
            return hash.ToHashCode();
        }
    }
}
