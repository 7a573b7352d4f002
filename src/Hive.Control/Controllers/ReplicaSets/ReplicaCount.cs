using Hive.Objects;

namespace Hive.Control.Controllers;

/// <summary>
/// The counts in a ReplicaSet's status, as they are once the plan's own writes are done: written in the same transaction as the pods,
/// they are never behind them.
/// </summary>
public static class ReplicaCount
{
    /// <param name="living">Pods of the view that stay.</param>
    /// <param name="created">Pods that this plan creates.</param>
    /// <param name="terminating">Pods that were asked to go and are not gone.</param>
    public static ReplicaSetStatus StatusOf(
        ReplicaSet set, IReadOnlyList<Stored<Pod>> living, IReadOnlyList<Pod> created, int terminating, Stamp now, PlanBuilder plan)
    {
        int ready = 0, available = 0, labelled = created.Count;
        Time? nextAvailable = null;
        foreach (var pod in living)
        {
            if (IsFullyLabelled(set, pod.Value)) labelled++;
            if (PodRules.AvailableFrom(pod.Value, set.Spec.MinReadySeconds) is not { } from) continue;
            ready++;
            if (now.HasReached(from)) available++;
            else if (nextAvailable is not { } earlier || from < earlier) nextAvailable = from;
        }
        if (nextAvailable is { } at) plan.LookAgain(at);
        return set.Status with
        {
            Replicas = living.Count + created.Count,
            FullyLabeledReplicas = labelled,
            ReadyReplicas = ready,
            AvailableReplicas = available,
            TerminatingReplicas = terminating == 0 ? null : terminating,
            ObservedGeneration = set.Metadata.Generation,
        };
    }

    private static bool IsFullyLabelled(ReplicaSet set, Pod pod)
    {
        foreach (var (label, value) in set.Spec.Template.Metadata.Labels)
        {
            if (!string.Equals(pod.Metadata.Labels.Get(label), value, StringComparison.Ordinal)) return false;
        }
        return true;
    }
}
