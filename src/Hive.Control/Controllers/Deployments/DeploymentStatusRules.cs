using Hive.Objects;

namespace Hive.Control.Controllers;

/// <summary>
/// Status and conditions of a Deployment. Times move only on a transition or on progress, so that a look that finds nothing new
/// writes nothing. Reasons and messages are the ones that <c>kubectl rollout status</c> and people's scripts know.
/// </summary>
public static class DeploymentStatusRules
{
    public const string NewReplicaSetAvailable = "NewReplicaSetAvailable";
    public const string ProgressDeadlineExceeded = "ProgressDeadlineExceeded";
    private const string NewReplicaSetCreated = "NewReplicaSetCreated";
    private const string ReplicaSetUpdated = "ReplicaSetUpdated";
    private const string DeploymentPaused = "DeploymentPaused";
    private const string DeploymentResumed = "DeploymentResumed";

    public static DeploymentStatus Of(Rollout rollout, bool newCreated, Stamp now, PlanBuilder plan)
    {
        var deployment = rollout.Deployment;
        var old = deployment.Status;
        int available = rollout.Sets.Sum(set => set.Value.Status.AvailableReplicas);
        int terminating = rollout.Sets.Sum(set => set.Value.Status.TerminatingReplicas ?? 0);
        var status = old with
        {
            ObservedGeneration = deployment.Metadata.Generation,
            Replicas = rollout.Sets.Sum(set => set.Value.Status.Replicas),
            UpdatedReplicas = rollout.New?.Value.Status.Replicas ?? 0,
            ReadyReplicas = rollout.Sets.Sum(set => set.Value.Status.ReadyReplicas),
            AvailableReplicas = available,
            UnavailableReplicas = Math.Max(0, rollout.TotalReplicas - available),
            TerminatingReplicas = terminating == 0 ? null : terminating,
        };
        var conditions = With(old.Conditions, AvailableCondition(rollout, available), plan.Time);
        if (ProgressingCondition(rollout, status, newCreated, now, plan) is { } progressing) conditions = With(conditions, progressing, plan.Time);
        return status with { Conditions = conditions };
    }

    /// <summary>True once every wanted pod is of the new template, and available, and no other is left.</summary>
    public static bool IsComplete(Deployment deployment, DeploymentStatus status)
    {
        int wanted = deployment.Spec.Replicas ?? 1;
        return status.UpdatedReplicas == wanted && status.Replicas == wanted && status.AvailableReplicas == wanted;
    }

    private static DeploymentCondition AvailableCondition(Rollout rollout, int available) =>
        available >= rollout.Wanted - rollout.MaxUnavailable
            ? Condition(DeploymentConditionType.Available, ConditionStatus.True, "MinimumReplicasAvailable", "Deployment has minimum availability.")
            : Condition(DeploymentConditionType.Available, ConditionStatus.False, "MinimumReplicasUnavailable", "Deployment does not have minimum availability.");

    private static DeploymentCondition? ProgressingCondition(Rollout rollout, DeploymentStatus status, bool newCreated, Stamp now, PlanBuilder plan)
    {
        var deployment = rollout.Deployment;
        var old = Find(deployment.Status.Conditions, DeploymentConditionType.Progressing);
        if (deployment.Spec.Paused)
            return old?.Reason == DeploymentPaused ? null : Progressing(ConditionStatus.Unknown, DeploymentPaused, "Deployment is paused");
        if (old?.Reason == DeploymentPaused) return Progressing(ConditionStatus.Unknown, DeploymentResumed, "Deployment is resumed");
        // A Deployment that asks for no deadline reports no progress (its documented meaning of the largest int).
        if (deployment.Spec.ProgressDeadlineSeconds is not { } deadlineSeconds || deadlineSeconds == int.MaxValue) return null;
        string named = rollout.New is { } target ? $"ReplicaSet \"{target.Name}\"" : $"Deployment \"{deployment.Name}\"";
        if (newCreated && rollout.New is { } made) return Progressing(ConditionStatus.True, NewReplicaSetCreated, $"Created new replica set \"{made.Name}\"");
        if (IsComplete(deployment, status))
            return old?.Reason == NewReplicaSetAvailable ? null : Progressing(ConditionStatus.True, NewReplicaSetAvailable, $"{named} has successfully progressed.");
        if (old is null || old.Reason == NewReplicaSetAvailable && HasRegressed(rollout) || HasProgressed(deployment.Status, status))
            return Progressing(ConditionStatus.True, ReplicaSetUpdated, $"{named} is progressing.") with { LastUpdateTime = plan.Time };
        if (old.Reason is NewReplicaSetAvailable or ProgressDeadlineExceeded) return null;
        Time due = (old.LastUpdateTime ?? plan.Time).Deadline(deadlineSeconds);
        if (now.HasReached(due)) return Progressing(ConditionStatus.False, ProgressDeadlineExceeded, $"{named} has timed out progressing.");
        plan.LookAgain(due);
        return null;
    }

    /// <summary>Complete before, and now a template is being rolled out again: the deadline starts anew.</summary>
    private static bool HasRegressed(Rollout rollout) => rollout.Deployment.Status.ObservedGeneration < rollout.Deployment.Metadata.Generation;

    private static bool HasProgressed(DeploymentStatus old, DeploymentStatus now) =>
        now.UpdatedReplicas > old.UpdatedReplicas
        || now.Replicas - now.UpdatedReplicas < old.Replicas - old.UpdatedReplicas
        || now.ReadyReplicas > old.ReadyReplicas
        || now.AvailableReplicas > old.AvailableReplicas;

    /// <summary>The list with the condition set. Unchanged in all that it says: the list itself.</summary>
    private static IReadOnlyList<DeploymentCondition> With(IReadOnlyList<DeploymentCondition> conditions, DeploymentCondition next, Time time)
    {
        var old = Find(conditions, next.Type);
        if (old is not null && old.Status == next.Status && old.Reason == next.Reason && next.LastUpdateTime is null) return conditions;
        bool moved = old is null || old.Status != next.Status;
        var set = next with { LastUpdateTime = time, LastTransitionTime = moved ? time : old!.LastTransitionTime };
        return [.. conditions.Where(condition => condition.Type != next.Type), set];
    }

    private static DeploymentCondition? Find(IReadOnlyList<DeploymentCondition> conditions, string type) =>
        conditions.FirstOrDefault(condition => condition.Type == type);

    private static DeploymentCondition Progressing(string status, string reason, string message) =>
        Condition(DeploymentConditionType.Progressing, status, reason, message);

    private static DeploymentCondition Condition(string type, string status, string reason, string message) =>
        new() { Type = type, Status = status, Reason = reason, Message = message };
}
