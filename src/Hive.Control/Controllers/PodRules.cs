using Hive.Objects;

namespace Hive.Control;

/// <summary>The questions that controllers ask of a pod, each with one answer for all of them (CONTROL.md §13).</summary>
public static class PodRules
{
    /// <summary>It has ended for good: its phase is final.</summary>
    public static bool IsFinished(Pod pod) => pod.Status.Phase is PodPhase.Succeeded or PodPhase.Failed;

    /// <summary>It stands for one of the replicas that its owner wants: it lives and nobody asked it to go.</summary>
    public static bool CountsTowardsReplicas(Pod pod) => !IsFinished(pod) && pod.Metadata.DeletionTimestamp is null;

    /// <summary>It occupies its node: bound, and not reported stopped. A deletion that was only asked for frees nothing.</summary>
    public static bool HoldsResources(Pod pod) => pod.Spec.NodeName.Length > 0 && !IsFinished(pod);

    public static PodCondition? Condition(Pod pod, string type)
    {
        foreach (var condition in pod.Status.Conditions)
        {
            if (string.Equals(condition.Type, type, StringComparison.Ordinal)) return condition;
        }
        return null;
    }

    public static bool IsReady(Pod pod) => Condition(pod, PodConditionType.Ready)?.Status == ConditionStatus.True;

    /// <summary>When it will have been ready for <paramref name="minReadySeconds"/>; null while it is not ready.</summary>
    public static Time? AvailableFrom(Pod pod, int minReadySeconds)
    {
        if (Condition(pod, PodConditionType.Ready) is not { Status: ConditionStatus.True } ready) return null;
        return minReadySeconds == 0 ? default(Time) : (ready.LastTransitionTime ?? default).Deadline(minReadySeconds);
    }

    public static bool IsAvailable(Pod pod, int minReadySeconds, Stamp now) => AvailableFrom(pod, minReadySeconds) is { } from && now.HasReached(from);
}
