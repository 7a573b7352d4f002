using Hive.Api.Http;
using Hive.Api.Storage;
using Hive.Objects;

namespace Hive.Api.Admission;

/// <summary>Every pod has a service account: "default" unless it names one, which must then exist.</summary>
public sealed class ServiceAccounts(ObjectStorage storage) : IAdmissionRule
{
    public Refusal? Admit(AdmissionCall call)
    {
        if (!call.IsCreate || call.New is not Pod pod) return null;
        string asked = pod.Spec.ServiceAccountName.Length > 0 ? pod.Spec.ServiceAccountName : pod.Spec.ServiceAccount;
        string name = asked.Length > 0 ? asked : "default";
        if (name != "default" && storage.Find<ServiceAccount>(call.At, pod.Metadata.Namespace, name) is null)
        {
            return Refusals.Forbidden("pods", "", pod.Metadata.Name,
                $"error looking up service account {pod.Metadata.Namespace}/{name}: serviceaccount \"{name}\" not found");
        }
        call.New = pod with { Spec = pod.Spec with { ServiceAccountName = name, ServiceAccount = name } };
        return null;
    }
}
