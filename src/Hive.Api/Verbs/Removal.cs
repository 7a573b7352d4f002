using Hive.Objects;

namespace Hive.Api.Verbs;

/// <summary>When a dying object is to be taken out of the store.</summary>
public static class Removal
{
    /// <summary>It is being deleted, nobody holds it by a finalizer, and its time of grace is zero.</summary>
    public static bool IsDue(HiveObject value)
    {
        if (value.Metadata.DeletionTimestamp is null || value.Metadata.Finalizers.Count > 0) return false;
        if (value is Namespace space) return space.Spec.Finalizers.Count == 0;
        return value is not Pod || value.Metadata.DeletionGracePeriodSeconds is null or 0;
    }
}
