using Hive.Objects;

namespace Hive.Control.Controllers;

/// <summary>
/// A ReplicaSet of a Deployment while a plan is being made: what is stored, and what the plan makes of it. Counts are those that may be
/// believed at this moment: status is written together with the pods that it counts, but the spec may be ahead of it.
/// </summary>
public sealed class RolloutSet(Stored<ReplicaSet>? stored, ReplicaSet value)
{
    /// <summary>Null for the one that the plan creates.</summary>
    public Stored<ReplicaSet>? Stored { get; } = stored;

    public ReplicaSet Value { get; set; } = value;

    public string Name => Value.Name;

    /// <summary>Pods that it is told to have, by the plan so far.</summary>
    public int Replicas => Value.Spec.Replicas ?? 1;

    /// <summary>Pods that may exist: those told to, and those that exist still although told otherwise.</summary>
    public int PodsAtMost => Math.Max(Replicas, Value.Status.Replicas);

    /// <summary>Available pods that surely stay: those over the wanted number are about to go.</summary>
    public int AvailableAtLeast => Math.Min(Replicas, Value.Status.AvailableReplicas);

    public void ScaleTo(int replicas) => Value = Value with { Spec = Value.Spec with { Replicas = replicas } };

    public void Annotate(StringMap annotations) => Value = Value with { Metadata = Value.Metadata with { Annotations = annotations } };
}

/// <summary>A Deployment with its ReplicaSets and the bounds of its strategy.</summary>
public sealed class Rollout
{
    public Rollout(Deployment deployment, List<RolloutSet> sets)
    {
        Deployment = deployment;
        Sets = sets;
        Wanted = deployment.Spec.Replicas ?? 1;
        IsRolling = deployment.Spec.Strategy.Type != DeploymentStrategyType.Recreate;
        (MaxSurge, MaxUnavailable) = Bounds();
    }

    public Deployment Deployment { get; }

    /// <summary>All that it owns, oldest first.</summary>
    public List<RolloutSet> Sets { get; }

    /// <summary>The one that holds the present template; null until it is made.</summary>
    public RolloutSet? New { get; set; }

    public IEnumerable<RolloutSet> Old => Sets.Where(set => set != New);

    /// <summary>Pods that the user wants.</summary>
    public int Wanted { get; }

    public bool IsRolling { get; }

    /// <summary>Pods that may exist beyond <see cref="Wanted"/>.</summary>
    public int MaxSurge { get; }

    /// <summary>Pods of <see cref="Wanted"/> that may be unavailable.</summary>
    public int MaxUnavailable { get; }

    public int TotalReplicas => Sets.Sum(set => set.Replicas);

    /// <summary>
    /// Surge is rounded up, unavailability down; both zero would never move, so then one may be unavailable (as the API's documentation has it).
    /// </summary>
    private (int Surge, int Unavailable) Bounds()
    {
        if (!IsRolling) return (0, Wanted);
        var rolling = Deployment.Spec.Strategy.RollingUpdate;
        if (!(rolling?.MaxSurge ?? "25%").TryScale(Wanted, roundUp: true, out int surge)) surge = 0;
        if (!(rolling?.MaxUnavailable ?? "25%").TryScale(Wanted, roundUp: false, out int unavailable)) unavailable = 0;
        if (surge <= 0 && unavailable <= 0) unavailable = 1;
        return (Math.Max(0, surge), Math.Clamp(unavailable, 0, Wanted));
    }
}
