using System.Collections.Immutable;
using Hive.Drone.Pods;
using Hive.Objects;

namespace Hive.Drone.Desired;

/// <summary>A pod that this node was told to run, as it stood at a revision.</summary>
public sealed record DesiredPod(PodUid Uid, Pod Pod, Revision At)
{
    /// <summary>Asks for at most one running copy in the whole cluster; so do the pods of a StatefulSet.</summary>
    public const string UniqueAnnotation = "hive.io/unique";

    public string Namespace => Pod.Metadata.Namespace;
    public string Name => Pod.Metadata.Name;

    /// <summary>The API holds a deletion timestamp: it is to be stopped within its grace and then let go.</summary>
    public bool Deleting => Pod.Metadata.DeletionTimestamp is not null;

    /// <summary>Must not run here once this drone can no longer be sure of its session.</summary>
    public bool Unique
    {
        get
        {
            if (Pod.Metadata.Annotations.Get(UniqueAnnotation) is "true" or "") return true;
            foreach (OwnerReference owner in Pod.Metadata.OwnerReferences)
            {
                if (owner.Kind == "StatefulSet" && owner.Controller == true) return true;
            }
            return false;
        }
    }

    /// <summary>Seconds between the polite signal and the kill.</summary>
    public TimeSpan Grace => TimeSpan.FromSeconds(
        Math.Clamp(Pod.Metadata.DeletionGracePeriodSeconds ?? Pod.Spec.TerminationGracePeriodSeconds ?? 30, 0, DroneLimits.LongestGraceSeconds));

    /// <summary>Namespace and name, for people.</summary>
    public string FullName => $"{Namespace}/{Name}";
}

/// <summary>What the queens want here: a chain of revisions. Only a complete set may say "gone" by leaving something out.</summary>
public abstract record DesiredMessage
{
    /// <summary>All pods bound to this node at a revision.</summary>
    public sealed record Complete(Revision At, ImmutableArray<DesiredPod> Pods) : DesiredMessage;

    /// <summary>What changed after <paramref name="AppliesTo"/>.</summary>
    public sealed record Delta(Revision AppliesTo, Revision ResultsIn, ImmutableArray<DesiredPod> Put, ImmutableArray<PodUid> Gone) : DesiredMessage;
}
