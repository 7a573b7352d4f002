using Hive.Objects;

namespace Hive.Control.Controllers;

/// <summary>
/// Deletes what has lost its owners, and carries out foreground and orphaning deletions. Works on metadata alone, so for every kind.
/// An owner counts as gone only if its kind is known and no object has its UID: nothing is ever collected on ignorance.
/// </summary>
public sealed class GarbageCollector : IController
{
    /// <summary>Holds an owner until the dependents that block it are gone.</summary>
    public const string ForegroundFinalizer = "foregroundDeletion";

    /// <summary>Holds an owner until its dependents have let go of it.</summary>
    public const string OrphanFinalizer = "orphan";

    private enum OwnerState : byte { Solid, Gone, Waiting }

    public string Name => "garbage-collector";

    public Band Band => Band.Housekeeping;

    public void Wake(in Change change, IView view, IWakeList wake)
    {
        if (change.Key.Resource == Resources.Events) return;
        if (change.After is { } after && (after.Metadata.OwnerReferences.Count > 0 || IsHeld(after))) wake.Add(change.Key);
        foreach (var side in (ReadOnlySpan<Stored?>)[change.Before, change.After])
        {
            if (side is null) continue;
            // As an owner: its dependents look again when it appears, begins to go, or is gone.
            bool moved = change.Before is null || change.After is null || change.Before.Uid != change.After.Uid || IsHeld(change.Before) != IsHeld(change.After)
                || change.Before.IsTerminating != change.After.IsTerminating;
            if (moved && side.Uid.Length > 0)
            {
                foreach (var dependent in view.OwnedBy(side.Uid)) wake.Add(dependent.Key);
            }
            // As a dependent: an owner that waits for it looks again.
            foreach (var owner in side.Metadata.OwnerReferences)
            {
                if (view.FindUid(owner.Uid) is { } stored && IsHeld(stored)) wake.Add(stored.Key);
            }
        }
    }

    public Plan Reconcile(IView view, ObjectKey key, Stamp now)
    {
        if (view.Find(key) is not { Object: not null } stored) return Plan.Nothing;
        var plan = new PlanBuilder(view, now, Name);
        if (stored.IsTerminating)
        {
            if (Has(stored, OrphanFinalizer)) LetDependentsGo(view, plan, stored);
            else if (Has(stored, ForegroundFinalizer)) DeleteDependentsFirst(view, plan, stored);
        }
        else if (stored.Metadata.OwnerReferences.Count > 0)
        {
            JudgeOwners(view, plan, stored);
        }
        return plan.Build();
    }

    private static void JudgeOwners(IView view, PlanBuilder plan, Stored stored)
    {
        var owners = stored.Metadata.OwnerReferences;
        var states = owners.Select(owner => StateOf(view, stored, owner)).ToList();
        if (states.TrueForAll(state => state == OwnerState.Solid)) return;
        for (int i = 0; i < owners.Count; i++) PinOwner(view, plan, stored, owners[i]);
        if (states.Contains(OwnerState.Solid))
        {
            // At least one owner wants it: it only forgets the others.
            plan.Replace(stored, WithMetadata(stored, stored.Metadata with { OwnerReferences = [.. owners.Where((_, i) => states[i] == OwnerState.Solid)] }));
            return;
        }
        bool blocksSomeone = view.OwnedBy(stored.Uid).Any(dependent => Blocks(dependent, stored.Uid));
        if (states.Contains(OwnerState.Waiting) && blocksSomeone) DeleteInForeground(plan, stored);
        else plan.Delete(stored);
    }

    private static OwnerState StateOf(IView view, Stored dependent, OwnerReference reference)
    {
        if (reference.Uid.Length == 0) return OwnerState.Solid;
        if (view.FindUid(reference.Uid) is { } owner)
        {
            bool sameScope = owner.Key.Namespace.Length == 0 || string.Equals(owner.Key.Namespace, dependent.Key.Namespace, StringComparison.Ordinal);
            if (!sameScope) return OwnerState.Gone;
            return owner.IsTerminating && Has(owner, ForegroundFinalizer) ? OwnerState.Waiting : OwnerState.Solid;
        }
        return ModelKinds.TryResource(reference.Kind, out _) ? OwnerState.Gone : OwnerState.Solid;
    }

    /// <summary>The verdict on an owner stands only while its key stays as it was read.</summary>
    private static void PinOwner(IView view, PlanBuilder plan, Stored dependent, OwnerReference reference)
    {
        if (!ModelKinds.TryResource(reference.Kind, out string resource)) return;
        var namespaced = new ObjectKey(resource, dependent.Key.Namespace, reference.Name);
        plan.Pin(view.FindUid(reference.Uid)?.Key ?? namespaced);
    }

    private static void DeleteDependentsFirst(IView view, PlanBuilder plan, Stored owner)
    {
        bool blocked = false;
        foreach (var dependent in view.OwnedBy(owner.Uid))
        {
            blocked |= Blocks(dependent, owner.Uid);
            // Dependents delete themselves when they see their owner wait: one transaction each, judged by all of their owners.
        }
        if (!blocked) DropFinalizer(plan, owner, ForegroundFinalizer);
    }

    private static void LetDependentsGo(IView view, PlanBuilder plan, Stored owner)
    {
        bool left = false;
        foreach (var dependent in view.OwnedBy(owner.Uid))
        {
            if (plan.IsFull)
            {
                left = true;
                break;
            }
            var others = dependent.Metadata.OwnerReferences.Where(reference => !string.Equals(reference.Uid, owner.Uid, StringComparison.Ordinal));
            plan.Replace(dependent, WithMetadata(dependent, dependent.Metadata with { OwnerReferences = [.. others] }));
        }
        if (left) plan.LookAgainNow();
        else DropFinalizer(plan, owner, OrphanFinalizer);
    }

    private static void DeleteInForeground(PlanBuilder plan, Stored stored)
    {
        var asked = (HiveObject)(DeletionRule.Decide(stored, null, plan.Time) ?? stored.Object!);
        IReadOnlyList<string> finalizers = Has(stored, ForegroundFinalizer) ? asked.Metadata.Finalizers : [.. asked.Metadata.Finalizers, ForegroundFinalizer];
        plan.Replace(stored, asked with { Metadata = asked.Metadata with { Finalizers = finalizers } });
    }

    /// <summary>The last finalizer of an object that nothing else holds takes the object with it.</summary>
    private static void DropFinalizer(PlanBuilder plan, Stored stored, string finalizer)
    {
        IReadOnlyList<string> rest = [.. stored.Metadata.Finalizers.Where(name => name != finalizer)];
        bool stopsOnNode = stored.Object is Pod pod && PodRules.HoldsResources(pod) && (stored.Metadata.DeletionGracePeriodSeconds ?? 0) > 0;
        bool held = rest.Count > 0 || stopsOnNode || stored.Object is Namespace { Spec.Finalizers.Count: > 0 };
        if (held) plan.Replace(stored, WithMetadata(stored, stored.Metadata with { Finalizers = rest }));
        else plan.Remove(stored);
    }

    private static bool Blocks(Stored dependent, string ownerUid)
    {
        foreach (var reference in dependent.Metadata.OwnerReferences)
        {
            if (string.Equals(reference.Uid, ownerUid, StringComparison.Ordinal)) return reference.BlockOwnerDeletion == true;
        }
        return false;
    }

    private static bool IsHeld(Stored stored) => stored.IsTerminating && (Has(stored, ForegroundFinalizer) || Has(stored, OrphanFinalizer));

    private static bool Has(Stored stored, string finalizer) => stored.Metadata.Finalizers.Contains(finalizer, StringComparer.Ordinal);

    private static HiveObject WithMetadata(Stored stored, ObjectMeta metadata) => stored.Object! with { Metadata = metadata };
}
