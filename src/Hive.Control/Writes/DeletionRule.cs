using Hive.Objects;

namespace Hive.Control;

/// <summary>
/// What a deletion does to an object (CONTROL.md §13): a pod on a node is stopped first, with grace, and goes with its final status;
/// what a finalizer holds stays until the last finalizer is gone; all else goes at once. A second deletion may only shorten the grace.
/// </summary>
public static class DeletionRule
{
    /// <summary>Grace of a pod that names none, in seconds.</summary>
    public const long DefaultGraceSeconds = 30;

    /// <summary>The object with its deletion asked for; null when that changes nothing.</summary>
    public static HiveObject? Decide(Stored old, long? graceSeconds, Time now)
    {
        var metadata = old.Metadata;
        long grace = GraceOf(old, graceSeconds);
        if (metadata.DeletionTimestamp is not null && !(old.Object is Pod && grace < (metadata.DeletionGracePeriodSeconds ?? 0))) return null;
        bool generation = metadata.DeletionTimestamp is null && ModelKinds.HasGeneration(old.Key.Resource);
        return old.Object! with
        {
            Metadata = metadata with
            {
                DeletionTimestamp = now.AddSeconds(grace),
                DeletionGracePeriodSeconds = grace,
                Generation = metadata.Generation + (generation ? 1 : 0),
            },
        };
    }

    /// <summary>True: the object must stay for now, marked. False: nothing holds it.</summary>
    public static bool MustStay(Stored old, long? graceSeconds) => old.Metadata.Finalizers.Count > 0 || GraceOf(old, graceSeconds) > 0;

    private static long GraceOf(Stored old, long? asked)
    {
        if (old.Object is not Pod pod) return 0;
        if (pod.Spec.NodeName.Length == 0 || pod.Status.Phase is PodPhase.Succeeded or PodPhase.Failed) return 0;
        return Math.Max(0, asked ?? pod.Spec.TerminationGracePeriodSeconds ?? DefaultGraceSeconds);
    }
}
