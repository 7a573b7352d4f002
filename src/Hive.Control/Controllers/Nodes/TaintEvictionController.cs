using Hive.Objects;

namespace Hive.Control.Controllers;

/// <summary>Deletes pods from nodes whose NoExecute taints they do not tolerate, or not for so long.</summary>
public sealed class TaintEvictionController : IController
{
    /// <summary>
    /// How long a pod that names no toleration stays on a node that is unreachable, in seconds. Kubernetes waits 300; Hive promises to move
    /// pods within seconds, and the lease's own time was waited for already.
    /// </summary>
    public const int UnreachableSeconds = 1;

    /// <summary>The same for a node whose drone lives but is not ready: its pods may well run on, as while a container engine restarts.</summary>
    public const int NotReadySeconds = 15;

    public string Name => "taint-eviction-controller";

    public Band Band => Band.Liveness;

    public void Wake(in Change change, IView view, IWakeList wake)
    {
        switch (change.Key.Resource)
        {
            case Resources.Pods when change.After is not null:
                wake.Add(change.Key);
                break;
            case Resources.Nodes when HasNoExecute(change.Was<Node>()) || HasNoExecute(change.Is<Node>()):
                foreach (var pod in view.PodsOn(change.Key.Name)) wake.Add(pod.Key);
                break;
            default:
                break;
        }
    }

    public Plan Reconcile(IView view, ObjectKey key, Stamp now)
    {
        if (view.Find<Pod>(key) is not { IsTerminating: false } pod || !PodRules.HoldsResources(pod.Value)) return Plan.Nothing;
        if (view.Find<Node>("", pod.Value.Spec.NodeName) is not { } node || !HasNoExecute(node.Value)) return Plan.Nothing;
        var plan = new PlanBuilder(view, now, Name);
        if (Deadline(pod.Value, node.Value) is not { } due) return Plan.Nothing;
        if (!now.HasReached(due))
        {
            plan.LookAgain(due);
            return plan.Build();
        }
        plan.Pin(node.Key);
        plan.Delete(pod);
        plan.Tell(pod, EventWriting.Normal, "TaintManagerEviction", $"Marking for deletion Pod {key.Namespace}/{key.Name}");
        return plan.Build();
    }

    /// <summary>When the pod must go; null: it may stay.</summary>
    private static Time? Deadline(Pod pod, Node node)
    {
        Time? earliest = null;
        foreach (var taint in node.Spec.Taints)
        {
            if (taint.Effect != TaintEffect.NoExecute) continue;
            var added = taint.TimeAdded ?? default;
            Time? due = ToleratedSeconds(pod, taint) switch
            {
                null => null,
                <= 0 => added,
                { } seconds => added.Deadline(seconds),
            };
            if (due is { } at && (earliest is not { } earlier || at < earlier)) earliest = at;
        }
        return earliest;
    }

    /// <summary>Null: for ever. The shortest of the tolerations that fit counts.</summary>
    private static long? ToleratedSeconds(Pod pod, Taint taint)
    {
        bool tolerated = false;
        long? shortest = null;
        foreach (var toleration in pod.Spec.Tolerations)
        {
            if (!NodeTaints.Tolerates(toleration, taint)) continue;
            tolerated = true;
            if (toleration.TolerationSeconds is { } seconds && (shortest is not { } least || seconds < least)) shortest = seconds;
        }
        if (tolerated) return shortest;
        return taint.Key switch { NodeTaints.Unreachable => UnreachableSeconds, NodeTaints.NotReady => NotReadySeconds, _ => 0 };
    }

    private static bool HasNoExecute(Node? node)
    {
        if (node is null) return false;
        foreach (var taint in node.Spec.Taints)
        {
            if (taint.Effect == TaintEffect.NoExecute) return true;
        }
        return false;
    }
}
