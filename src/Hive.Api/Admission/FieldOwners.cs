using Hive.Api.Verbs;
using Hive.Objects;

namespace Hive.Api.Admission;

/// <summary>
/// Keeps <c>metadata.managedFields</c>: whoever changes a field owns it. Drones own nothing: their reports come every few seconds, and nobody applies to what
/// they write.
/// </summary>
public sealed class FieldOwners(TimeProvider time)
{
    public void Claim(AdmissionCall call, WriteIntent intent)
    {
        if (intent.Applies || intent.User.NodeName.Length > 0) return;
        IReadOnlyList<ManagedFieldsEntry> given = call.New.Metadata.ManagedFields;
        HiveObject? before = call.Old;
        // A client may rewrite the owners (it does when it moves to server-side apply); what it leaves out stays as it was.
        if (before is not null && given.Count > 0) before = before with { Metadata = before.Metadata with { ManagedFields = given } };
        string part = call.Subresource == "status" ? "status" : "";
        IReadOnlyList<ManagedFieldsEntry> owners = ManagedFields.AfterUpdate(call.Kind, before, call.New, intent.FieldManager, part, Time.From(time.GetUtcNow()));
        call.New = call.New with { Metadata = call.New.Metadata with { ManagedFields = owners } };
    }
}
