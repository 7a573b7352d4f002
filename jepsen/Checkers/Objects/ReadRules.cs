using Hive.Jepsen.Histories;
using Hive.Jepsen.Workloads;

namespace Hive.Jepsen.Checkers.Objects;

/// <summary>Reads and lists show all that was acknowledged before they were asked for, and a list is the state at its resourceVersion.</summary>
internal static class ReadRules
{
    public static void Judge(IReadOnlyList<Operation> history, ObjectLog log, Findings found)
    {
        var acknowledged = new Acknowledged(history);
        var removed = history.Where(o => o.Outcome == Outcome.Unknown || o.Action is ObjectActions.Remove { Removed: true }).Select(o => o.Action).OfType<ObjectActions.Remove>().Select(r => r.Base.Uid).ToHashSet(StringComparer.Ordinal);
        foreach (Operation operation in history.Where(o => o.Outcome == Outcome.Ok))
        {
            if (operation.Action is ObjectActions.Get get) Got(operation, get.Seen, acknowledged, removed, found);
            if (operation.Action is ObjectActions.List list) Listed(operation, list, acknowledged, removed, log, found);
        }
    }

    private static void Got(Operation operation, ObjectState? seen, Acknowledged acknowledged, HashSet<string> removed, Findings found)
    {
        if (acknowledged.Before(operation.Key, operation.InvokedAt) is not { } write) return;
        bool stale = seen is null ? !removed.Contains(acknowledged.State(write).Uid) : seen.Version < write.Revision;
        if (stale) found.Add("stale read", $"{operation}\n  though this was acknowledged before:\n  {write}");
    }

    private static void Listed(Operation operation, ObjectActions.List list, Acknowledged acknowledged, HashSet<string> removed, ObjectLog log, Findings found)
    {
        bool final = operation.Key == ObjectsWorkload.FinalKey;
        if (acknowledged.Before(null, operation.InvokedAt) is { } write && write.Revision > operation.Revision)
            found.Add(final ? "lost update" : "stale list", $"{operation} at revision {operation.Revision}\n  though this was acknowledged before:\n  {write}");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (ObjectState item in list.Objects)
        {
            if (!names.Add(item.Name)) found.Add("doubled in a list", $"{item.Name} is there twice:\n  {operation}");
            if (item.Version > operation.Revision) found.Add("list from the future", $"{item} in a list of revision {operation.Revision}:\n  {operation}");
            if (log.At(item.Name, operation.Revision) is { } known && known.Revision > item.Version)
                found.Add(final ? "lost update" : "stale list", $"{operation}\n  of revision {operation.Revision} shows {item}, but there was {known}");
        }
        foreach (string name in log.Names.Where(n => !names.Contains(n)))
        {
            if (log.At(name, operation.Revision) is not { Deleted: false } known) continue;
            if (!removed.Contains(known.State.Uid) || log.Covers(known.Revision, operation.Revision))
                found.Add(final ? "lost object" : "stale list", $"{operation}\n  of revision {operation.Revision} lacks {known}");
        }
    }

    /// <summary>Writes that were acknowledged by a time: of each name, and of all, the one with the highest revision.</summary>
    private sealed class Acknowledged
    {
        private const string All = "";

        private readonly SortedDictionary<string, (List<long> Times, List<Operation> Highest)> _byName = new(StringComparer.Ordinal);

        public Acknowledged(IEnumerable<Operation> history)
        {
            foreach (Operation write in history.Where(o => o.Outcome == Outcome.Ok && StateOf(o) is not null).OrderBy(o => o.CompletedAt))
            {
                Add(write.Key, write);
                Add(All, write);
            }
        }

        /// <param name="name">Null: whatever its name is.</param>
        public Operation? Before(string? name, long time)
        {
            if (!_byName.TryGetValue(name ?? All, out var writes)) return null;
            int found = writes.Times.BinarySearch(time);
            int before = (found < 0 ? ~found : found) - 1;
            return before < 0 ? null : writes.Highest[before];
        }

        public ObjectState State(Operation write) => StateOf(write)!;

        private static ObjectState? StateOf(Operation operation) => operation.Action switch
        {
            ObjectActions.Create create when create.Created?.Name == operation.Key => create.Created,
            ObjectActions.Replace replace => replace.Replaced,
            _ => null,
        };

        private void Add(string name, Operation write)
        {
            if (!_byName.TryGetValue(name, out var writes)) _byName[name] = writes = ([], []);
            bool higher = writes.Highest.Count == 0 || write.Revision > writes.Highest[^1].Revision;
            writes.Times.Add(write.CompletedAt);
            writes.Highest.Add(higher ? write : writes.Highest[^1]);
        }
    }
}
