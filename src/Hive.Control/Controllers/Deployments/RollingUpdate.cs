namespace Hive.Control.Controllers;

/// <summary>
/// One step of a rolling update, on counts only. Holds at every revision: pods that exist never exceed wanted + surge, and available ones
/// are never taken below wanted - unavailable.
/// </summary>
public static class RollingUpdate
{
    public static void Step(Rollout rollout)
    {
        ScaleNew(rollout);
        ScaleOldDown(rollout);
    }

    /// <summary>Lets the new ReplicaSet grow into the room that surge and departed old pods leave.</summary>
    public static void ScaleNew(Rollout rollout)
    {
        if (rollout.New is not { } target || target.Replicas == rollout.Wanted) return;
        if (target.Replicas > rollout.Wanted)
        {
            target.ScaleTo(rollout.Wanted);
            return;
        }
        if (!rollout.IsRolling)
        {
            target.ScaleTo(rollout.Wanted);
            return;
        }
        int room = rollout.Wanted + rollout.MaxSurge - rollout.Sets.Sum(set => set.PodsAtMost);
        if (room > 0) target.ScaleTo(Math.Min(rollout.Wanted, target.Replicas + room));
    }

    private static void ScaleOldDown(Rollout rollout)
    {
        if (rollout.Old.All(set => set.Replicas == 0)) return;
        int leastAvailable = rollout.Wanted - rollout.MaxUnavailable;
        int newUnavailable = rollout.New is { } target ? target.Replicas - target.AvailableAtLeast : 0;
        int mayGo = rollout.TotalReplicas - leastAvailable - newUnavailable;
        if (mayGo <= 0) return;
        mayGo -= DropUnhealthy(rollout, mayGo);
        int spare = rollout.Sets.Sum(set => set.AvailableAtLeast) - leastAvailable;
        foreach (var old in rollout.Old)
        {
            int gone = Math.Min(old.Replicas, Math.Min(spare, mayGo));
            if (gone <= 0) continue;
            old.ScaleTo(old.Replicas - gone);
            spare -= gone;
            mayGo -= gone;
        }
    }

    /// <summary>Old pods that are not available cost nothing to lose, and may be why the update was made.</summary>
    private static int DropUnhealthy(Rollout rollout, int mayGo)
    {
        int dropped = 0;
        foreach (var old in rollout.Old)
        {
            int unhealthy = old.Replicas - old.AvailableAtLeast;
            int gone = Math.Min(unhealthy, mayGo - dropped);
            if (gone <= 0) continue;
            old.ScaleTo(old.Replicas - gone);
            dropped += gone;
        }
        return dropped;
    }
}
