using Hive.Objects;

namespace Hive.Drone.Status;

/// <summary>The drone's own status beside what others write into the same object.</summary>
internal static class StatusMerge
{
    /// <summary>The drone's own status with the conditions that others set.</summary>
    public static PodStatus Over(PodStatus own, PodStatus api)
    {
        var conditions = new List<PodCondition>();
        foreach (PodCondition condition in own.Conditions)
        {
            if (StatusRules.IsOwn(condition.Type)) conditions.Add(condition);
        }
        foreach (PodCondition condition in api.Conditions)
        {
            if (!StatusRules.IsOwn(condition.Type)) conditions.Add(condition);
        }
        return own with { Conditions = conditions };
    }
}
