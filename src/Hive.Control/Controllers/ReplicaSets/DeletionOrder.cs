using System.Globalization;
using Hive.Objects;

namespace Hive.Control.Controllers;

/// <summary>
/// Which pods go first when there are too many: those that cost least to lose. Not placed before placed, pending before running, not
/// ready before ready, cheaper before dearer, on crowded nodes before alone, ready for shorter before longer, restarted more often
/// before less, younger before older; the name breaks ties. (The order that Kubernetes' ReplicaSets document.)
/// </summary>
public static class DeletionOrder
{
    private const string CostAnnotation = "controller.kubernetes.io/pod-deletion-cost";

    /// <summary>The pods, first to go first.</summary>
    public static List<Stored<Pod>> Sort(IReadOnlyList<Stored<Pod>> pods)
    {
        var crowd = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var pod in pods) crowd[pod.Value.Spec.NodeName] = crowd.GetValueOrDefault(pod.Value.Spec.NodeName) + 1;
        var sorted = new List<Stored<Pod>>(pods);
        sorted.Sort((left, right) => Compare(left, right, crowd));
        return sorted;
    }

    private static int Compare(Stored<Pod> left, Stored<Pod> right, Dictionary<string, int> crowd)
    {
        int order = (left.Value.Spec.NodeName.Length > 0).CompareTo(right.Value.Spec.NodeName.Length > 0);
        if (order == 0) order = PhaseRank(left.Value).CompareTo(PhaseRank(right.Value));
        if (order == 0) order = PodRules.IsReady(left.Value).CompareTo(PodRules.IsReady(right.Value));
        if (order == 0) order = Cost(left.Value).CompareTo(Cost(right.Value));
        if (order == 0) order = crowd[right.Value.Spec.NodeName].CompareTo(crowd[left.Value.Spec.NodeName]);
        if (order == 0) order = ReadySince(right.Value).CompareTo(ReadySince(left.Value));
        if (order == 0) order = Restarts(right.Value).CompareTo(Restarts(left.Value));
        if (order == 0) order = right.CreatedAt.CompareTo(left.CreatedAt);
        return order != 0 ? order : left.Key.CompareTo(right.Key);
    }

    private static int PhaseRank(Pod pod) => pod.Status.Phase switch { PodPhase.Running => 2, PodPhase.Unknown => 1, _ => 0 };

    private static long Cost(Pod pod) =>
        long.TryParse(pod.Metadata.Annotations.Get(CostAnnotation), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long cost) ? cost : 0;

    private static Time ReadySince(Pod pod) => PodRules.Condition(pod, PodConditionType.Ready)?.LastTransitionTime ?? default;

    private static int Restarts(Pod pod)
    {
        int most = 0;
        foreach (var container in pod.Status.ContainerStatuses) most = Math.Max(most, container.RestartCount);
        return most;
    }
}
