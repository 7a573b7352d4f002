using System.Globalization;
using Hive.Objects;

namespace Hive.Control.Controllers;

/// <summary>What a Deployment writes on its ReplicaSets, so that <c>kubectl rollout history</c> and <c>undo</c> find their way.</summary>
public static class DeploymentAnnotations
{
    public const string Revision = "deployment.kubernetes.io/revision";
    public const string RevisionHistory = "deployment.kubernetes.io/revision-history";
    public const string DesiredReplicas = "deployment.kubernetes.io/desired-replicas";
    public const string MaxReplicas = "deployment.kubernetes.io/max-replicas";
    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    public const string HashLabel = "pod-template-hash";

    public static long RevisionOf(HiveObject value) =>
        long.TryParse(value.Metadata.Annotations.Get(Revision), NumberStyles.None, CultureInfo.InvariantCulture, out long revision) ? revision : 0;

    /// <summary>The count noted on a ReplicaSet; null when there is none or it is no number.</summary>
    public static int? Number(HiveObject value, string annotation) =>
        int.TryParse(value.Metadata.Annotations.Get(annotation), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    /// <summary>The Deployment's own annotations that its ReplicaSets carry too (the cause of a change among them).</summary>
    public static StringMap CopiedTo(StringMap target, Deployment deployment)
    {
        foreach (var (key, value) in deployment.Metadata.Annotations)
        {
            if (key is not (LastApplied or Revision or RevisionHistory or DesiredReplicas or MaxReplicas)) target = target.With(key, value);
        }
        return target;
    }

    public static StringMap WithCounts(StringMap annotations, Rollout rollout) => annotations
        .With(DesiredReplicas, rollout.Wanted.ToString(CultureInfo.InvariantCulture))
        .With(MaxReplicas, (rollout.Wanted + rollout.MaxSurge).ToString(CultureInfo.InvariantCulture));

    /// <summary>Raises the revision; the one that it had goes to the history, which a rollback to this ReplicaSet leaves behind.</summary>
    public static StringMap WithRevision(StringMap annotations, long revision)
    {
        string? old = annotations.Get(Revision);
        if (long.TryParse(old, NumberStyles.None, CultureInfo.InvariantCulture, out long had) && had >= revision) return annotations;
        if (!string.IsNullOrEmpty(old) && had > 0)
        {
            string? history = annotations.Get(RevisionHistory);
            annotations = annotations.With(RevisionHistory, string.IsNullOrEmpty(history) ? old : $"{history},{old}");
        }
        return annotations.With(Revision, revision.ToString(CultureInfo.InvariantCulture));
    }
}
