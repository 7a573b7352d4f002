using Hive.Api.Http;
using Hive.Objects;

namespace Hive.Api.Admission;

/// <summary>
/// What the API itself decides about an object, whatever the client sent: defaults, metadata of the system, which part a write may change, the generation. The kind's
/// own definition says most of it; identity and time are given here.
/// </summary>
public sealed class Preparation(TimeProvider time) : IAdmissionRule
{
    public Refusal? Admit(AdmissionCall call)
    {
        call.New = call.Old is null ? ForCreate(call) : ForUpdate(call, call.Old);
        return null;
    }

    private HiveObject ForCreate(AdmissionCall call)
    {
        HiveObject value = call.Kind.PrepareForCreate(call.New);
        value = value with
        {
            ApiVersion = call.Kind.ApiVersion,
            Kind = call.Kind.Kind,
            Metadata = value.Metadata with
            {
                Uid = Guid.NewGuid().ToString(),
                CreationTimestamp = Time.From(time.GetUtcNow()),
                ResourceVersion = "",
            },
        };
        return value is not Pod pod ? value : pod with
        {
            Spec = pod.Spec with { Priority = pod.Spec.Priority ?? 0, PreemptionPolicy = pod.Spec.PreemptionPolicy ?? PreemptionPolicy.PreemptLowerPriority },
        };
    }

    private static HiveObject ForUpdate(AdmissionCall call, HiveObject old)
    {
        HiveObject value = call.Subresource switch
        {
            "status" => call.Kind.PrepareForStatusUpdate(call.New, old),
            "finalize" => ((Namespace)old) with { Spec = ((Namespace)call.New).Spec },
            // Made from the stored object by the server itself: spec and status move together.
            "binding" => call.New,
            _ => call.Kind.PrepareForUpdate(call.New, old),
        };
        return value with { ApiVersion = old.ApiVersion, Kind = old.Kind, Metadata = value.Metadata with { ResourceVersion = "" } };
    }
}
