using Hive.Api.Http;
using Hive.Api.Storage;
using Hive.Objects;

namespace Hive.Api.Admission;

/// <summary>Nothing is created in a namespace that is not there or is going. The commit compares the namespace, so that its deletion cannot slip in between.</summary>
public sealed class NamespaceLifecycle(ObjectStorage storage) : IAdmissionRule
{
    /// <summary>Namespaces that may not be deleted: the cluster lives in them.</summary>
    public static bool IsProtected(string name) => name is "default" or "kube-system" or "kube-public";

    public Refusal? Admit(AdmissionCall call)
    {
        if (!call.IsCreate || !call.Kind.Namespaced) return null;
        string name = call.New.Metadata.Namespace;
        if (storage.Find<Namespace>(call.At, "", name) is not { } space) return Refusals.NotFound("namespaces", "", name);
        if (space.Value.Metadata.DeletionTimestamp is not null || space.Value.Status.Phase == NamespacePhase.Terminating)
        {
            return Refusals.Forbidden(call.Kind.Plural, call.Kind.Group, call.New.Metadata.Name,
                $"unable to create new content in namespace {name} because it is being terminated",
                [new RefusalCause("NamespaceTerminating", $"namespace {name} is being terminated", "metadata.namespace")]);
        }
        call.Guards.Add(ObjectStorage.Unchanged(ObjectStorage.KeyOf(KindOf<Namespace>.Definition, "", name), space.ModifiedAt));
        return null;
    }
}
