using Hive.Objects;

namespace Hive.Control;

/// <summary>Sets one condition of a pod and leaves the order of the others.</summary>
public static class PodConditions
{
    public static IReadOnlyList<PodCondition> With(Pod pod, PodCondition condition)
    {
        var conditions = pod.Status.Conditions.ToList();
        int at = conditions.FindIndex(old => old.Type == condition.Type);
        if (at < 0) conditions.Add(condition);
        else conditions[at] = condition;
        return conditions;
    }
}
