using Hive.Objects;

namespace Hive.Control.Controllers;

/// <summary>
/// Keeps as many pods as a ReplicaSet wants. Pods have generated names: what keeps their number right is the in-flight rule, the term
/// fence, and the owner as a guard of every creation (CONTROL.md §0), not the names.
/// </summary>
public sealed class ReplicaSetController : IController
{
    public string Name => "replicaset-controller";

    public Band Band => Band.Workload;

    public void Wake(in Change change, IView view, IWakeList wake)
    {
        if (change.Key.Resource == Resources.ReplicaSets)
        {
            wake.Add(change.Key);
            return;
        }
        if (change.Key.Resource != Resources.Pods) return;
        WakeOwner(change.Was<Pod>(), view, wake);
        WakeOwner(change.Is<Pod>(), view, wake);
    }

    public Plan Reconcile(IView view, ObjectKey key, Stamp now)
    {
        if (view.Find<ReplicaSet>(key) is not { IsTerminating: false } stored) return Plan.Nothing;
        var plan = new PlanBuilder(view, now, Name);
        var set = stored.Value;
        var living = Claim(view, plan, stored, out int terminating);
        int wanted = set.Spec.Replicas ?? 1;
        var created = new List<Pod>();
        if (living.Count < wanted) created = CreateMissing(view, plan, set, wanted - living.Count);
        else if (living.Count > wanted) terminating += DeleteSurplus(plan, stored, living, living.Count - wanted);
        foreach (var orphan in living.Where(pod => Ownership.ControllerOf(pod.Value) is null)) plan.Replace(orphan, Ownership.Adopted(orphan.Value, set));
        bool statusWritten = plan.Replace(stored, set with { Status = ReplicaCount.StatusOf(set, living, created, terminating, now, plan) });
        if (!statusWritten && plan.Count > 0) plan.Pin(stored.Key);
        return plan.Build();
    }

    /// <summary>The pods that count as this set's: its own that still match, and orphans that match (those that stay are taken in).</summary>
    private static List<Stored<Pod>> Claim(IView view, PlanBuilder plan, Stored<ReplicaSet> set, out int terminating)
    {
        terminating = 0;
        var selector = Selector.Of(set.Value.Spec.Selector);
        var living = new List<Stored<Pod>>();
        foreach (var pod in view.OwnedBy<Pod>(set.Uid))
        {
            if (!Ownership.IsControlledBy(pod.Value, set.Uid)) continue;
            if (!selector.Matches(pod.Metadata.Labels))
            {
                if (!pod.IsTerminating && !plan.IsFull) plan.Replace(pod, Ownership.Released(pod.Value, set.Uid));
                continue;
            }
            if (PodRules.CountsTowardsReplicas(pod.Value)) living.Add(pod);
            else if (pod.IsTerminating && !PodRules.IsFinished(pod.Value)) terminating++;
        }
        foreach (var pod in view.Orphans<Pod>(set.Value.Namespace, selector))
        {
            if (!PodRules.CountsTowardsReplicas(pod.Value)) continue;
            living.Add(pod);
        }
        return living;
    }

    private static List<Pod> CreateMissing(IView view, PlanBuilder plan, ReplicaSet set, int missing)
    {
        var created = new List<Pod>();
        var taken = new SortedSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < missing; i++)
        {
            if (plan.IsFull)
            {
                plan.LookAgainNow();
                break;
            }
            var pod = PodFromTemplate.Make(set.Spec.Template, set, PodFromTemplate.FreshName(view, set, i, taken));
            plan.Create(pod);
            plan.Tell(KeyOf(set), set, EventWriting.Normal, "SuccessfulCreate", $"Created pod: {pod.Name}");
            created.Add(pod);
        }
        return created;
    }

    /// <summary>Answers with the number of those that do not go at once: they must stop on their node first.</summary>
    private static int DeleteSurplus(PlanBuilder plan, Stored<ReplicaSet> set, List<Stored<Pod>> living, int surplus)
    {
        int stopping = 0;
        foreach (var pod in DeletionOrder.Sort(living).Take(surplus))
        {
            if (plan.IsFull)
            {
                plan.LookAgainNow();
                break;
            }
            if (DeletionRule.MustStay(pod, null) && Ownership.ControllerOf(pod.Value) is not null) stopping++;
            plan.Delete(pod);
            plan.Tell(set, EventWriting.Normal, "SuccessfulDelete", $"Deleted pod: {pod.Key.Name}");
            living.Remove(pod);
        }
        return stopping;
    }

    private static void WakeOwner(Pod? pod, IView view, IWakeList wake)
    {
        if (pod is null) return;
        if (Ownership.ControllerOf(pod) is { } owner)
        {
            if (owner.Kind == "ReplicaSet") wake.Add(new ObjectKey(Resources.ReplicaSets, pod.Namespace, owner.Name));
            return;
        }
        foreach (var set in view.All<ReplicaSet>(pod.Namespace))
        {
            if (Selector.Of(set.Value.Spec.Selector).Matches(pod.Metadata.Labels)) wake.Add(set.Key);
        }
    }

    private static ObjectKey KeyOf(ReplicaSet set) => new(Resources.ReplicaSets, set.Namespace, set.Name);
}
