using Hive.Objects;

namespace Hive.Control.Controllers;

/// <summary>
/// Rolls a Deployment's template out over ReplicaSets: rolling or by recreation, with history for a rollback, pausable, with a
/// deadline for progress. The whole of one step (a new ReplicaSet, sizes of the old, status, events) is one transaction.
/// </summary>
public sealed class DeploymentController : IController
{
    public string Name => "deployment-controller";

    public Band Band => Band.Workload;

    public void Wake(in Change change, IView view, IWakeList wake)
    {
        switch (change.Key.Resource)
        {
            case Resources.Deployments:
                wake.Add(change.Key);
                break;
            case Resources.ReplicaSets:
                WakeOwner(change.Was<ReplicaSet>(), view, wake);
                WakeOwner(change.Is<ReplicaSet>(), view, wake);
                break;
            case Resources.Pods:
                WakeRecreated(change.Was<Pod>(), view, wake);
                break;
            default:
                break;
        }
    }

    public Plan Reconcile(IView view, ObjectKey key, Stamp now)
    {
        if (view.Find<Deployment>(key) is not { IsTerminating: false } stored) return Plan.Nothing;
        var plan = new PlanBuilder(view, now, Name);
        var deployment = stored.Value;
        if (deployment.Spec.Selector is not { } selector || (selector.MatchLabels.IsEmpty && selector.MatchExpressions.Count == 0)) return Plan.Nothing;
        var rollout = new Rollout(deployment, Claim(view, plan, stored));
        rollout.New = rollout.Sets.FirstOrDefault(set => TemplateHash.Same(set.Value.Spec.Template, deployment.Spec.Template));
        var before = rollout.Sets.Select(set => set.Replicas).ToList();
        bool created = false;
        int? collisions = null;
        if (!deployment.Spec.Paused)
        {
            if (rollout.New is null && MayCreate(view, rollout)) (created, collisions) = MakeNew(view, rollout);
            if (rollout.New is { } present) KeepNewInStep(rollout, present);
        }
        if (deployment.Spec.Paused || (!created && ProportionalScaling.IsScaling(rollout))) ProportionalScaling.Step(rollout);
        else Advance(view, rollout);
        Write(plan, stored, rollout, before, created, collisions, now);
        return plan.Build();
    }

    private static void Advance(IView view, Rollout rollout)
    {
        if (rollout.IsRolling)
        {
            RollingUpdate.Step(rollout);
            return;
        }
        foreach (var old in rollout.Old) old.ScaleTo(0);
        if (!OldPodsRemain(view, rollout)) RollingUpdate.ScaleNew(rollout);
    }

    /// <summary>With Recreate, the new ReplicaSet is made only when nothing of the old runs any more.</summary>
    private static bool MayCreate(IView view, Rollout rollout) => rollout.IsRolling || !OldPodsRemain(view, rollout);

    private static bool OldPodsRemain(IView view, Rollout rollout) => rollout.Old.Any(old =>
        old.Replicas > 0 || view.OwnedBy<Pod>(old.Value.Metadata.Uid).Any(pod => !PodRules.IsFinished(pod.Value)));

    private static List<RolloutSet> Claim(IView view, PlanBuilder plan, Stored<Deployment> deployment)
    {
        var selector = Selector.Of(deployment.Value.Spec.Selector);
        var sets = new List<RolloutSet>();
        foreach (var set in view.OwnedBy<ReplicaSet>(deployment.Uid))
        {
            if (!Ownership.IsControlledBy(set.Value, deployment.Uid)) continue;
            if (selector.Matches(set.Metadata.Labels)) sets.Add(new RolloutSet(set, set.Value));
            else if (!set.IsTerminating) plan.Replace(set, Ownership.Released(set.Value, deployment.Uid));
        }
        foreach (var set in view.Orphans<ReplicaSet>(deployment.Value.Namespace, selector))
        {
            if (!set.IsTerminating) sets.Add(new RolloutSet(set, Ownership.Adopted(set.Value, deployment.Value)));
        }
        sets.RemoveAll(set => set.Stored!.IsTerminating && set.Replicas == 0 && set.Value.Status.Replicas == 0);
        sets.Sort((left, right) =>
        {
            int order = left.Stored!.CreatedAt.CompareTo(right.Stored!.CreatedAt);
            return order != 0 ? order : string.CompareOrdinal(left.Name, right.Name);
        });
        return sets;
    }

    /// <summary>Makes the ReplicaSet of the present template; or, if its name is taken by another, moves the hash on.</summary>
    private static (bool Created, int? Collisions) MakeNew(IView view, Rollout rollout)
    {
        var deployment = rollout.Deployment;
        int collisions = deployment.Status.CollisionCount ?? 0;
        string hash = TemplateHash.Of(deployment.Spec.Template, collisions);
        string name = $"{deployment.Name}-{hash}";
        if (view.Find(new ObjectKey(Resources.ReplicaSets, deployment.Namespace, name)) is not null) return (false, collisions + 1);
        var template = deployment.Spec.Template;
        var labels = template.Metadata.Labels.With(DeploymentAnnotations.HashLabel, hash);
        var selector = deployment.Spec.Selector!;
        var made = new RolloutSet(null, new ReplicaSet
        {
            Metadata = new ObjectMeta
            {
                Name = name,
                Namespace = deployment.Namespace,
                Labels = labels,
                OwnerReferences = [Ownership.By(deployment)],
            },
            Spec = new ReplicaSetSpec
            {
                Replicas = 0,
                MinReadySeconds = deployment.Spec.MinReadySeconds,
                Selector = selector with { MatchLabels = selector.MatchLabels.With(DeploymentAnnotations.HashLabel, hash) },
                Template = template with { Metadata = template.Metadata with { Labels = labels } },
            },
        });
        rollout.Sets.Add(made);
        rollout.New = made;
        return (true, null);
    }

    /// <summary>Annotations, revision and readiness time of the new ReplicaSet follow the Deployment.</summary>
    private static void KeepNewInStep(Rollout rollout, RolloutSet present)
    {
        long highest = rollout.Old.Select(set => DeploymentAnnotations.RevisionOf(set.Value)).DefaultIfEmpty(0).Max();
        var annotations = DeploymentAnnotations.CopiedTo(present.Value.Metadata.Annotations, rollout.Deployment);
        annotations = DeploymentAnnotations.WithRevision(annotations, highest + 1);
        if (present.Stored is null || present.Replicas == 0) annotations = DeploymentAnnotations.WithCounts(annotations, rollout);
        present.Annotate(annotations);
        present.Value = present.Value with { Spec = present.Value.Spec with { MinReadySeconds = rollout.Deployment.Spec.MinReadySeconds } };
    }

    private static void Write(
        PlanBuilder plan, Stored<Deployment> stored, Rollout rollout, List<int> before, bool created, int? collisions, Stamp now)
    {
        var status = DeploymentStatusRules.Of(rollout, created, now, plan);
        var doomed = RevisionHistory.Surplus(rollout, status);
        for (int i = 0; i < rollout.Sets.Count; i++)
        {
            var set = rollout.Sets[i];
            int was = i < before.Count ? before[i] : 0;
            if (set.Stored is null) plan.Create(set.Value);
            else if (doomed.Contains(set)) plan.Delete(set.Stored);
            else plan.Replace(set.Stored, set.Value, SpecChanged(set));
            if (set.Replicas == was) continue;
            string direction = set.Replicas > was ? "up" : "down";
            plan.Tell(stored, EventWriting.Normal, "ScalingReplicaSet", $"Scaled {direction} replica set {set.Name} from {was} to {set.Replicas}");
        }
        var deployment = stored.Value with { Status = status with { CollisionCount = collisions ?? status.CollisionCount } };
        if (rollout.New is { } present)
        {
            string revision = present.Value.Metadata.Annotations.Get(DeploymentAnnotations.Revision) ?? "1";
            deployment = deployment with
            {
                Metadata = deployment.Metadata with { Annotations = deployment.Metadata.Annotations.With(DeploymentAnnotations.Revision, revision) },
            };
        }
        if (!plan.Replace(stored, deployment) && plan.Count > 0) plan.Pin(stored.Key);
    }

    private static bool SpecChanged(RolloutSet set) =>
        set.Replicas != (set.Stored!.Value.Spec.Replicas ?? 1) || set.Value.Spec.MinReadySeconds != set.Stored.Value.Spec.MinReadySeconds;

    private static void WakeOwner(ReplicaSet? set, IView view, IWakeList wake)
    {
        if (set is null) return;
        if (Ownership.ControllerOf(set) is { } owner)
        {
            if (owner.Kind == "Deployment") wake.Add(new ObjectKey(Resources.Deployments, set.Namespace, owner.Name));
        }
        foreach (var deployment in view.All<Deployment>(set.Namespace))
        {
            // Also when another owns it: its name may be the one that this Deployment's template hashes to.
            if (set.Name.StartsWith(deployment.Key.Name, StringComparison.Ordinal)
                || Selector.Of(deployment.Value.Spec.Selector).Matches(set.Metadata.Labels)) wake.Add(deployment.Key);
        }
    }

    /// <summary>A Deployment that recreates waits for the last old pod to be gone or finished.</summary>
    private static void WakeRecreated(Pod? pod, IView view, IWakeList wake)
    {
        if (pod is null || Ownership.ControllerOf(pod) is not { Kind: "ReplicaSet" } owner) return;
        if (view.Find<ReplicaSet>(pod.Namespace, owner.Name) is not { } set || Ownership.ControllerOf(set.Value) is not { Kind: "Deployment" } above) return;
        var key = new ObjectKey(Resources.Deployments, pod.Namespace, above.Name);
        if (view.Find<Deployment>(key)?.Value.Spec.Strategy.Type == DeploymentStrategyType.Recreate) wake.Add(key);
    }
}

/// <summary>Old ReplicaSets are the history that a rollback goes back to; beyond the limit the oldest go.</summary>
internal static class RevisionHistory
{
    public static SortedSet<RolloutSet> Surplus(Rollout rollout, DeploymentStatus status)
    {
        var doomed = new SortedSet<RolloutSet>(Comparer<RolloutSet>.Create((left, right) => string.CompareOrdinal(left.Name, right.Name)));
        if (!DeploymentStatusRules.IsComplete(rollout.Deployment, status)) return doomed;
        int kept = rollout.Deployment.Spec.RevisionHistoryLimit ?? 10;
        var idle = rollout.Old
            .Where(set => set.Stored is { IsTerminating: false } && set.Replicas == 0 && set.Value.Status.Replicas == 0
                && set.Value.Status.ObservedGeneration >= set.Stored.Metadata.Generation)
            .OrderBy(set => DeploymentAnnotations.RevisionOf(set.Value)).ThenBy(set => set.Stored!.CreatedAt).ToList();
        foreach (var set in idle.Take(Math.Max(0, idle.Count - kept))) doomed.Add(set);
        return doomed;
    }
}
