using System.Globalization;
using Hive.Jepsen.Histories;

namespace Hive.Jepsen.Checkers.Deployments;

/// <summary>
/// Whoever makes a pod for a ReplicaSet compares the ReplicaSet in the same transaction: at the revision of a new pod there are never more than
/// the ReplicaSet is to have at that revision. (That there are more for a while after it was scaled down is no surplus of this kind.)
/// </summary>
internal static class SurplusRule
{
    public const string Pods = "/registry/pods/", ReplicaSets = "/registry/replicasets/";

    public static void Judge(IEnumerable<Operation> operations, Findings found)
    {
        PodActions.Told[] told = [.. operations.Select(o => o.Action).OfType<PodActions.Told>()];
        long known = Math.Min(KnownUntil(told, Pods), KnownUntil(told, ReplicaSets));
        var byRevision = new SortedDictionary<long, SortedDictionary<string, ObjectFact>>();
        foreach (ObjectFact fact in told.SelectMany(t => t.Facts).Where(f => f.Revision <= known))
        {
            if (!byRevision.TryGetValue(fact.Revision, out SortedDictionary<string, ObjectFact>? facts)) byRevision[fact.Revision] = facts = new SortedDictionary<string, ObjectFact>(StringComparer.Ordinal);
            facts[fact.Key] = fact;
        }
        var now = new SortedDictionary<string, ObjectFact>(StringComparer.Ordinal);
        foreach ((long revision, SortedDictionary<string, ObjectFact> facts) in byRevision)
        {
            ObjectFact[] made = [.. facts.Values.Where(f => f.Counts && f.Owner.Length > 0 && IsPod(f) && (!now.TryGetValue(f.Key, out ObjectFact? before) || before.Uid != f.Uid))];
            foreach (ObjectFact fact in facts.Values) now[fact.Key] = fact;
            foreach (IGrouping<string, ObjectFact> owned in made.GroupBy(f => f.Owner, StringComparer.Ordinal)) Count(revision, owned.Key, [.. owned], now, found);
        }
    }

    private static void Count(long revision, string owner, ObjectFact[] made, SortedDictionary<string, ObjectFact> now, Findings found)
    {
        if (now.Values.FirstOrDefault(f => !IsPod(f) && f.Uid == owner) is not { } replicaSet) return;
        ObjectFact[] present = [.. now.Values.Where(f => IsPod(f) && f.Counts && f.Owner == owner)];
        if (present.Length > replicaSet.Replicas)
            found.Add("surplus pod", string.Create(CultureInfo.InvariantCulture,
                $"at revision {revision} {string.Join(", ", made.Select(f => f.Key))} was made, and so there are {present.Length} of {replicaSet.Replicas} pods of {replicaSet.Key} (as of revision {replicaSet.Revision}): {string.Join(", ", present.Select(f => $"{f.Key} of revision {f.Revision}"))}"));
    }

    private static bool IsPod(ObjectFact fact) => fact.Key.StartsWith(Pods, StringComparison.Ordinal);

    /// <summary>Up to where all is known from the beginning.</summary>
    private static long KnownUntil(IEnumerable<PodActions.Told> told, string prefix)
    {
        long known = 0;
        foreach (PodActions.Told part in told.Where(t => t.Prefix.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(t => t.After))
        {
            if (part.After <= known) known = Math.Max(known, part.Until);
        }
        return known;
    }
}
