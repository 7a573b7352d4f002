namespace Hive.Control.Controllers;

/// <summary>
/// What happens when a Deployment is scaled while it is paused or in the middle of an update: each ReplicaSet grows or shrinks in
/// proportion to its size, so that a canary stays a canary. Integers only; remainders go to the largest.
/// </summary>
public static class ProportionalScaling
{
    /// <summary>True: the number wanted has changed since a ReplicaSet in use was last sized.</summary>
    public static bool IsScaling(Rollout rollout) => rollout.Sets.Any(set =>
        set.Replicas > 0 && DeploymentAnnotations.Number(set.Value, DeploymentAnnotations.DesiredReplicas) is { } sizedFor && sizedFor != rollout.Wanted);

    public static void Step(Rollout rollout)
    {
        var active = rollout.Sets.Where(set => set.Replicas > 0).ToList();
        if (active.Count <= 1)
        {
            (active.FirstOrDefault() ?? rollout.New ?? rollout.Sets.LastOrDefault())?.ScaleTo(rollout.Wanted);
        }
        else if (rollout.New is { } target && IsSaturated(rollout, target))
        {
            foreach (var old in rollout.Old) old.ScaleTo(0);
        }
        else if (rollout.IsRolling)
        {
            Spread(rollout, active);
        }
        foreach (var set in rollout.Sets.Where(set => set.Replicas > 0 || active.Contains(set)))
            set.Annotate(DeploymentAnnotations.WithCounts(set.Value.Metadata.Annotations, rollout));
    }

    private static bool IsSaturated(Rollout rollout, RolloutSet target) =>
        target.Replicas == rollout.Wanted && target.Value.Status.AvailableReplicas == rollout.Wanted
        && DeploymentAnnotations.Number(target.Value, DeploymentAnnotations.DesiredReplicas) == rollout.Wanted;

    private static void Spread(Rollout rollout, List<RolloutSet> active)
    {
        int allowed = rollout.Wanted > 0 ? rollout.Wanted + rollout.MaxSurge : 0;
        int toAdd = allowed - active.Sum(set => set.Replicas);
        // Growing: the largest first, of equals the newest; shrinking: the largest first, of equals the oldest.
        var order = active.OrderByDescending(set => set.Replicas)
            .ThenBy(set => toAdd > 0 ? -rollout.Sets.IndexOf(set) : rollout.Sets.IndexOf(set)).ToList();
        int left = toAdd;
        foreach (var set in order)
        {
            if (left == 0) break;
            int share = Share(set, rollout, toAdd);
            share = toAdd > 0 ? Math.Clamp(share, 0, left) : Math.Clamp(share, Math.Max(left, -set.Replicas), 0);
            left -= share;
            set.ScaleTo(set.Replicas + share);
        }
        if (left != 0 && order.Count > 0) order[0].ScaleTo(Math.Max(0, order[0].Replicas + left));
    }

    /// <summary>How much this set changes if its part of the whole stays what it was when it was last sized.</summary>
    private static int Share(RolloutSet set, Rollout rollout, int toAdd)
    {
        if (rollout.Wanted == 0) return -set.Replicas;
        int sizedFor = DeploymentAnnotations.Number(set.Value, DeploymentAnnotations.MaxReplicas) is { } most and > 0 ? most : Math.Max(1, rollout.Deployment.Status.Replicas);
        long scaled = (2L * set.Replicas * (rollout.Wanted + rollout.MaxSurge) + sizedFor) / (2L * sizedFor);
        int share = (int)(scaled - set.Replicas);
        return toAdd > 0 ? Math.Max(0, share) : Math.Min(0, share);
    }
}
