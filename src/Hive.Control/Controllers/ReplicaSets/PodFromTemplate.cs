using Hive.Objects;

namespace Hive.Control.Controllers;

/// <summary>A pod made from an owner's template, as the API would have stored it had a user created it.</summary>
public static class PodFromTemplate
{
    /// <summary>Characters of a generated name that remain for the owner's own name; the rest is the suffix (63 in all).</summary>
    private const int PrefixLength = 58;
    private const int SuffixLength = 5;

    /// <summary>
    /// A name that no pod of the view has: derived from the owner, the revision and the ordinal, so that no random source is needed and
    /// a later decision comes to another one.
    /// </summary>
    public static string FreshName(IView view, HiveObject owner, int ordinal, SortedSet<string> taken)
    {
        string prefix = owner.Name.Length + 1 > PrefixLength ? owner.Name[..PrefixLength] : owner.Name + "-";
        for (ulong attempt = 0; ; attempt++)
        {
            ulong hash = StableHash.Of($"{owner.Metadata.Uid}/{view.Term}/{view.At}/{ordinal}", attempt);
            string name = prefix + StableHash.Suffix(hash, SuffixLength);
            if (view.Find(new ObjectKey(Resources.Pods, owner.Namespace, name)) is null && taken.Add(name)) return name;
        }
    }

    public static Pod Make(PodTemplateSpec template, HiveObject owner, string name)
    {
        var spec = template.Spec with
        {
            ServiceAccountName = template.Spec.ServiceAccountName.Length == 0 ? "default" : template.Spec.ServiceAccountName,
            ServiceAccount = template.Spec.ServiceAccountName.Length == 0 ? "default" : template.Spec.ServiceAccountName,
            Priority = template.Spec.Priority ?? 0,
            PreemptionPolicy = template.Spec.PreemptionPolicy ?? PreemptionPolicy.PreemptLowerPriority,
        };
        return new Pod
        {
            Metadata = new ObjectMeta
            {
                Name = name,
                GenerateName = owner.Name + "-",
                Namespace = owner.Namespace,
                Labels = template.Metadata.Labels,
                Annotations = template.Metadata.Annotations,
                Finalizers = template.Metadata.Finalizers,
                OwnerReferences = [Ownership.By(owner)],
            },
            Spec = spec,
            Status = new PodStatus { Phase = PodPhase.Pending, QosClass = QosOf(spec) },
        };
    }

    /// <summary>Guaranteed: every container limits processor and memory and requests as much. BestEffort: none asks for anything.</summary>
    public static string QosOf(PodSpec spec)
    {
        bool any = false;
        bool all = true;
        foreach (var container in spec.InitContainers.Concat(spec.Containers))
        {
            foreach (string resource in (ReadOnlySpan<string>)["cpu", "memory"])
            {
                bool limited = container.Resources.Limits.TryGetValue(resource, out var limit) && !limit.IsZero;
                bool requested = container.Resources.Requests.TryGetValue(resource, out var request) && !request.IsZero;
                any |= limited || requested;
                all &= limited && (!requested || request == limit);
            }
        }
        return !any ? PodQOSClass.BestEffort : all ? PodQOSClass.Guaranteed : PodQOSClass.Burstable;
    }
}
