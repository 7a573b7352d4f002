using Hive.Objects;

namespace Hive.Control.Controllers;

/// <summary>
/// Makes the system's namespaces at birth, and empties a namespace whose deletion was asked for: it is Terminating until nothing is left in
/// it, then its finalizer goes, and the namespace with it.
/// </summary>
public sealed class NamespaceController : IController
{
    /// <summary>Always there; made again if somebody deletes them.</summary>
    public static readonly string[] SystemNamespaces = ["default", "kube-node-lease", "kube-public", "kube-system"];

    public string Name => "namespace-controller";

    public Band Band => Band.User;

    public void Begin(IView view, IWakeList wake)
    {
        foreach (string name in SystemNamespaces) wake.Add(KeyOf(name));
    }

    public void Wake(in Change change, IView view, IWakeList wake)
    {
        if (change.Key.Resource == Resources.Namespaces) wake.Add(change.Key);
        else if (change.Key.Namespace.Length > 0 && view.Find(KeyOf(change.Key.Namespace)) is { IsTerminating: true } leaving) wake.Add(leaving.Key);
    }

    public Plan Reconcile(IView view, ObjectKey key, Stamp now)
    {
        var plan = new PlanBuilder(view, now, Name);
        if (view.Find<Namespace>(key) is not { } stored)
        {
            if (SystemNamespaces.Contains(key.Name, StringComparer.Ordinal)) plan.Create(Fresh(key.Name));
        }
        else if (stored.IsTerminating)
        {
            Empty(view, plan, stored);
        }
        return plan.Build();
    }

    private static void Empty(IView view, PlanBuilder plan, Stored<Namespace> stored)
    {
        int remaining = 0, held = 0;
        foreach (var content in view.InNamespace(stored.Key.Name))
        {
            remaining++;
            if (content.Metadata.Finalizers.Count > 0) held++;
            if (plan.IsFull)
            {
                plan.LookAgainNow();
                break;
            }
            plan.Delete(content);
        }
        if (remaining > 0)
        {
            plan.Replace(stored, stored.Value with
            {
                Status = stored.Value.Status with { Phase = NamespacePhase.Terminating, Conditions = Remaining(stored.Value, held > 0, plan.Time) },
            });
            return;
        }
        if (stored.Metadata.Finalizers.Count == 0) plan.Remove(stored);
        else plan.Replace(stored, stored.Value with { Spec = new NamespaceSpec(), Status = stored.Value.Status with { Phase = NamespacePhase.Terminating } });
    }

    /// <summary>Why it is still there, without numbers: a condition that counted down would be written at every step.</summary>
    private static IReadOnlyList<NamespaceCondition> Remaining(Namespace value, bool held, Time time)
    {
        var (reason, message) = held
            ? ("SomeFinalizersRemain", "Some content in the namespace has finalizers remaining.")
            : ("SomeResourcesRemain", "Some resources are remaining in the namespace.");
        string type = held ? NamespaceConditionType.NamespaceFinalizersRemaining : NamespaceConditionType.NamespaceContentRemaining;
        var old = value.Status.Conditions.FirstOrDefault(condition => condition.Type == type);
        if (old is { Status: ConditionStatus.True }) return value.Status.Conditions;
        return
        [
            .. value.Status.Conditions.Where(condition => condition.Type != type),
            new NamespaceCondition { Type = type, Status = ConditionStatus.True, Reason = reason, Message = message, LastTransitionTime = time },
        ];
    }

    private static Namespace Fresh(string name) => new()
    {
        Metadata = new ObjectMeta { Name = name, Labels = StringMap.Of(("kubernetes.io/metadata.name", name)) },
        Spec = new NamespaceSpec { Finalizers = [FinalizerName.Kubernetes] },
        Status = new NamespaceStatus { Phase = NamespacePhase.Active },
    };

    private static ObjectKey KeyOf(string name) => new(Resources.Namespaces, "", name);
}
