using Hive.Objects;

namespace Hive.Control.Controllers;

/// <summary>
/// Removes pods that nobody else can: those whose node is gone or dead, those that were deleted before they had a node, and the
/// oldest finished ones when there are too many.
/// </summary>
public sealed class PodGcController : IController
{
    /// <summary>A bound pod whose Node object is absent gets so long to see it registered (a user may bind before the drone joins).</summary>
    private const int UnknownNodeSeconds = 20;

    /// <summary>A drone that lost its session has killed what must be unique by then (CONTROL.md §9, kill budget).</summary>
    private const int KillBudgetSeconds = 2;

    /// <summary>Finished pods kept; above it the oldest go. Kubernetes' default.</summary>
    public const int FinishedPodsKept = 12_500;

    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(20);
    private static readonly ObjectKey Sweep = new(Resources.Pods, "", "");

    public string Name => "pod-garbage-collector";

    public Band Band => Band.Housekeeping;

    public void Begin(IView view, IWakeList wake) => wake.Add(Sweep);

    public void Wake(in Change change, IView view, IWakeList wake)
    {
        switch (change.Key.Resource)
        {
            case Resources.Pods when change.After is not null:
                wake.Add(change.Key);
                break;
            // A node's heartbeat concerns no pod; its coming and going does.
            case Resources.Nodes when change.Before is null || change.After is null:
            case Resources.Sessions when change.Before is null || change.After is null:
                foreach (var pod in view.PodsOn(change.Key.Name)) wake.Add(pod.Key);
                break;
            default:
                break;
        }
    }

    public Plan Reconcile(IView view, ObjectKey key, Stamp now)
    {
        var plan = new PlanBuilder(view, now, Name);
        if (key == Sweep) SweepFinished(view, plan, now);
        else if (view.Find<Pod>(key) is { } pod) Judge(view, plan, pod, now);
        return plan.Build();
    }

    private static void Judge(IView view, PlanBuilder plan, Stored<Pod> pod, Stamp now)
    {
        string node = pod.Value.Spec.NodeName;
        if (node.Length == 0)
        {
            if (pod.IsTerminating && pod.Metadata.Finalizers.Count == 0) plan.Remove(pod);
            return;
        }
        var session = new ObjectKey(Resources.Sessions, "", node);
        if (view.Find(session) is not null) return;
        var nodeKey = new ObjectKey(Resources.Nodes, "", node);
        bool nodeGone = view.Find(nodeKey) is null;
        if (!nodeGone && !pod.IsTerminating) return;
        Time due = nodeGone
            ? (pod.Metadata.CreationTimestamp ?? default).Deadline(UnknownNodeSeconds)
            : (pod.Metadata.DeletionTimestamp ?? default).Deadline(KillBudgetSeconds);
        if (!now.HasReached(due))
        {
            plan.LookAgain(due);
            return;
        }
        plan.Pin(session);
        if (nodeGone) plan.Pin(nodeKey);
        if (pod.Metadata.Finalizers.Count > 0) Abandon(plan, pod);
        else plan.Remove(pod);
    }

    /// <summary>A finalizer holds the object; that its containers are given up can be said all the same.</summary>
    private static void Abandon(PlanBuilder plan, Stored<Pod> pod)
    {
        if (PodRules.IsFinished(pod.Value)) return;
        plan.Replace(pod, pod.Value with { Status = pod.Value.Status with { Phase = PodPhase.Failed, Reason = "NodeLost" } });
    }

    private static void SweepFinished(IView view, PlanBuilder plan, Stamp now)
    {
        plan.LookAgain(now.Log + SweepEvery);
        var finished = view.All<Pod>().Where(pod => PodRules.IsFinished(pod.Value) && !pod.IsTerminating).ToList();
        if (finished.Count <= FinishedPodsKept) return;
        foreach (var pod in finished.OrderBy(pod => pod.CreatedAt).ThenBy(pod => pod.Key).Take(finished.Count - FinishedPodsKept))
        {
            if (plan.IsFull) break;
            plan.Delete(pod);
        }
    }
}
