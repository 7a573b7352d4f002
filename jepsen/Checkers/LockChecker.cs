using System.Collections.Immutable;
using System.Globalization;
using Hive.Jepsen.Histories;
using Action = Hive.Jepsen.Histories.Action;

namespace Hive.Jepsen.Checkers;

/// <summary>
/// Locks by lease: while two holders' leases certainly live they do not hold one lock; whoever is told that he holds it has a key with a living
/// lease at that revision; and writes that name the fencing token come in the order of the tokens, whatever the clocks do.
/// </summary>
public static class LockChecker
{
    private const int Told = 3;

    public static Verdict Check(IEnumerable<Operation> history)
    {
        var anomalies = ImmutableArray.CreateBuilder<Anomaly>();
        Operation[] holds = [.. history.Where(o => o is { Outcome: Outcome.Ok, Action: Action.Hold })];
        foreach (IGrouping<string, Operation> held in holds.GroupBy(o => o.Key, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            foreach (Operation hold in held.Where(h => Of(h).Token == 0).Take(Told))
                anomalies.Add(new Anomaly("held without a lease", $"the lock was given at revision {hold.Revision} to one whose key, and so whose lease, was gone by then:\n  {hold}"));
            Operation[] certain = [.. held.Where(h => Of(h).Token > 0)];
            TwoHolders(certain, anomalies);
            Fence(certain, anomalies);
            foreach (IGrouping<long, Operation> same in certain.GroupBy(h => Of(h).Token).Where(g => g.Count() > 1).Take(1))
                anomalies.Add(new Anomaly("shared token", $"two holders were given one token:\n  {string.Join("\n  ", same)}"));
        }
        return new Verdict("locks", anomalies.ToImmutable(), holds.Length == 0 ? "nobody ever held a lock" : "");
    }

    private static Action.Hold Of(Operation operation) => (Action.Hold)operation.Action;

    private static void TwoHolders(Operation[] holds, ImmutableArray<Anomaly>.Builder anomalies)
    {
        Operation? latest = null;
        int told = 0;
        foreach (Operation hold in holds.Where(h => Of(h).From < Of(h).Until).OrderBy(h => Of(h).From).ThenBy(h => h.Index))
        {
            if (latest is not null && Of(hold).From < Of(latest).Until && told++ < Told)
                anomalies.Add(new Anomaly("two holders", string.Create(CultureInfo.InvariantCulture, $"both hold the lock at {Of(hold).From / 1e6:0.###} ms, and the leases of both live:\n  {latest}\n  {hold}")));
            if (latest is null || Of(hold).Until > Of(latest).Until) latest = hold;
        }
    }

    private static void Fence(Operation[] holds, ImmutableArray<Anomaly>.Builder anomalies)
    {
        Operation? highest = null;
        foreach (Operation hold in holds.Where(h => Of(h).FencedAt > 0).OrderBy(h => Of(h).FencedAt))
        {
            if (highest is not null && Of(hold).Token < Of(highest).Token)
            {
                anomalies.Add(new Anomaly("fence passed", $"a write under an older token was taken after one under a newer token:\n  {highest}\n  {hold}"));
                return;
            }
            highest = hold;
        }
    }
}
