using System.Globalization;
using Hive.Jepsen.Histories;

namespace Hive.Jepsen.Checkers.Deployments;

/// <summary>
/// Deployments and pods: in the end all is as it was asked for, and what runs is what the API says runs; two lives of one unique pod never
/// overlap; and no controller ever makes a pod more than its ReplicaSet was to have at that revision.
/// </summary>
public static class DeploymentChecker
{
    /// <summary>Pods whose names begin so are unique: of one name at most one may run at a time.</summary>
    public const string UniquePrefix = "unique-";

    /// <summary>A program that was ended may have written one heartbeat more.</summary>
    private const long GraceMilliseconds = 1000;

    public static Verdict Check(IEnumerable<Operation> history)
    {
        Operation[] operations = [.. history.Where(o => o.Outcome == Outcome.Ok)];
        Operation[] ends = [.. operations.Where(o => o.Action is PodActions.Settle)];
        var found = new Findings();
        foreach (Operation end in ends) End(end, (PodActions.Settle)end.Action, found);
        if (ends.Length > 0) Unique((PodActions.Settle)ends[^1].Action, found);
        SurplusRule.Judge(operations, found);
        bool nothingRan = ends.All(e => ((PodActions.Settle)e.Action).Lives.IsEmpty);
        return new Verdict("deployments", found.ToImmutable(), ends.Length == 0 ? "nobody could look at the end" : nothingRan ? "no pod ever ran" : "");
    }

    private static void End(Operation operation, PodActions.Settle end, Findings found)
    {
        if (end.Problem.Length > 0)
        {
            found.Add("not settled", $"{end.Problem}:\n  {operation}");
            return;
        }
        var beating = end.Lives.Where(l => l.Until > end.At).Select(l => l.Uid).ToHashSet(StringComparer.Ordinal);
        foreach (string uid in end.Running.Where(uid => !beating.Contains(uid)))
            found.Add("does not run", string.Create(CultureInfo.InvariantCulture, $"the pod {uid} is said to be ready at {end.At / 1e3:0.00} s, but its program gave no sign after that; {LastOf(end, uid)}"));
        foreach (PodLife life in end.Lives.Where(l => l.Until > end.At + GraceMilliseconds && !end.Running.Contains(l.Uid)))
            found.Add("runs on", string.Create(CultureInfo.InvariantCulture, $"{life}, though no pod of that uid is wanted at {end.At / 1e3:0.00} s"));
    }

    private static string LastOf(PodActions.Settle end, string uid) => end.Lives.LastOrDefault(l => l.Uid == uid)?.ToString() ?? "it never ran";

    private static void Unique(PodActions.Settle end, Findings found)
    {
        foreach (IGrouping<string, PodLife> pod in end.Lives.Where(l => l.Pod.StartsWith(UniquePrefix, StringComparison.Ordinal)).GroupBy(l => l.Pod, StringComparer.Ordinal))
        {
            PodLife? before = null;
            foreach (PodLife life in pod.OrderBy(l => l.From).ThenBy(l => l.Until))
            {
                if (before is not null && life.From < before.Until) found.Add("doubled unique pod", $"two of one pod ran at the same time:\n  {before}\n  {life}");
                if (before is null || life.Until > before.Until) before = life;
            }
        }
    }
}
