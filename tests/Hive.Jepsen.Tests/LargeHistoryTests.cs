using Hive.Jepsen.Checkers;
using Hive.Jepsen.Histories;
using Xunit;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Tests;

/// <summary>Histories of 100,000 overlapping operations are judged within the bounds, and one false answer among them is found.</summary>
public sealed class LargeHistoryTests
{
    private const int Operations = 100_000;

    [Fact]
    public void Registers()
    {
        Operation[] history = Simulate((random, state, i) => random.Next(2) == 0 ? new Action.Write(state.Set(Key(i), i)) : new Action.Read(state.Get(Key(i))), Key);

        Judged(RegisterChecker.Check, history, o => o.Action is Action.Read ? o with { Action = new Action.Read(-1) } : null);
    }

    [Fact]
    public void Lists()
    {
        Operation[] history = Simulate((random, state, i) =>
        {
            string key = Key(i);
            return new Action.Transaction(random.Next(2) == 0 ? [state.Append(key, i)] : [new ListStep(key, 0, state.List(key))]);
        }, _ => "lists");

        Judged(ListAppendChecker.Check, history, o => o.Action is Action.Transaction { Steps: [{ Read: { Length: > 1 } read } step] } ? o with { Action = new Action.Transaction([step with { Read = read.RemoveAt(0) }]) } : null);
    }

    [Fact]
    public void Counters()
    {
        Operation[] history = Simulate((random, state, i) => random.Next(2) == 0 ? state.Count("c") : new Action.ReadCount(state.Counted("c")), _ => "c");
        Operation last = new(Operations, 0, "c", new Action.ReadCount(history.Count(o => o.Action is Action.Increment)), Outcome.Ok, long.MaxValue - 2, long.MaxValue - 1);

        Judged(CounterChecker.Check, [.. history, last], o => o is { Action: Action.ReadCount count, Index: < Operations } ? o with { Action = new Action.ReadCount(count.Count / 2) } : null);
    }

    /// <summary>The whole set is read now and then, as the workload does it: each read holds all that was added by then.</summary>
    [Fact]
    public void Sets()
    {
        const int readEvery = 1_000;
        var elements = new List<long>();
        Operation[] history = Simulate((_, _, i) =>
        {
            if (i % readEvery == readEvery - 1) return new Action.ReadAll([.. elements]);
            elements.Add(i);
            return new Action.Add(i);
        }, _ => "s");
        Operation last = new(Operations, 0, "s", new Action.ReadAll([.. elements]), Outcome.Ok, long.MaxValue - 2, long.MaxValue - 1);

        Judged(SetChecker.Check, [.. history, last], o => o is { Action: Action.ReadAll { Elements: { Length: > 100 } read }, Index: < Operations } ? o with { Action = new Action.ReadAll(read.RemoveAt(50)) } : null);
    }

    /// <summary>Leases of three seconds that are renewed eight times, a second apart, and then left.</summary>
    [Fact]
    public void Leases()
    {
        const int steps = 12;
        const long second = 1_000_000_000;
        IEnumerable<Operation> history = Enumerable.Range(0, Operations).Select(i =>
        {
            (long lease, int step) = (1 + i / steps, i % steps);
            Action action = step switch { 0 => new Action.Grant(lease, 3), 1 => new Action.Attach(lease), < 10 => new Action.Renew(lease, 3), 10 => new Action.Look(lease, true), _ => new Action.Look(lease, false) };
            // The last look comes long after the last renewal; leases overlap by tens of thousands.
            long at = lease * 1_000_000 + (step < 11 ? step : 20) * second;
            return new Operation(i, i, "lease", action, Outcome.Ok, at, at + 1_000_000);
        });
        Operation last = new(Operations, 0, "lease", new Action.LookAtEnd([]), Outcome.Ok, long.MaxValue - 2, long.MaxValue - 1);

        Judged(LeaseChecker.Check, [.. history, last], o => o.Action is Action.Look { Present: true } look ? o with { Action = look with { Present = false } } : null);
    }

    /// <summary>Each key is held by one after another, and each holder writes under his token.</summary>
    [Fact]
    public void Locks()
    {
        Operation[] history = [.. Enumerable.Range(0, Operations).Select(i => new Operation(i, i, Key(i), new Action.Hold(i * 10, i * 10 + 9, i + 1, i % 2 == 0 ? 0 : i + 2), Outcome.Ok, i * 10 - 500, i * 10 + 9))];

        Judged(LockChecker.Check, history, o => o.Action is Action.Hold hold ? o with { Action = hold with { Until = hold.Until + 5 } } : null);
    }

    /// <summary>A key is used for a while and then left, as the workloads do it.</summary>
    private static string Key(int i) => $"k{i / 300}";

    private static void Judged(Func<IEnumerable<Operation>, Verdict> check, Operation[] history, Func<Operation, Operation?> falsify)
    {
        Verdict verdict = check(history);
        Assert.True(verdict.Valid, string.Join('\n', verdict.Anomalies.Take(3)));
        Assert.Empty(verdict.Inconclusive);

        int victim = Array.FindIndex(history, history.Length / 2, o => falsify(o) is not null);
        history[victim] = falsify(history[victim])!;
        Assert.False(check(history).Valid);
    }

    /// <summary>Each operation takes effect at one point of its interval, in order; the intervals overlap.</summary>
    private static Operation[] Simulate(Func<Random, State, int, Action> act, Func<int, string> key)
    {
        var random = new Random(1);
        var state = new State();
        return [.. Enumerable.Range(0, Operations).Select(i => new Operation(i, i, key(i), act(random, state, i), Outcome.Ok, i * 10 - random.Next(50), i * 10 + random.Next(50)))];
    }

    private sealed class State
    {
        private readonly Dictionary<string, long> _registers = [];
        private readonly Dictionary<string, List<long>> _lists = [];

        public long Set(string key, long value) => _registers[key] = value;

        public long? Get(string key) => _registers.TryGetValue(key, out long value) ? value : null;

        public ListStep Append(string key, long element)
        {
            if (!_lists.TryGetValue(key, out List<long>? list)) _lists[key] = list = [];
            list.Add(element);
            return new ListStep(key, element, null);
        }

        public System.Collections.Immutable.ImmutableArray<long> List(string key) => _lists.TryGetValue(key, out List<long>? list) ? [.. list] : [];

        public Action Count(string key)
        {
            _registers[key] = Counted(key) + 1;
            return new Action.Increment();
        }

        public long Counted(string key) => Get(key) ?? 0;
    }
}
