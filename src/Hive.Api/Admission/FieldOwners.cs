using System.Text.Json;
using Hive.Api.Http;
using Hive.Api.Verbs;
using Hive.Objects;

namespace Hive.Api.Admission;

/// <summary>
/// Keeps <c>metadata.managedFields</c>: whoever changes a field owns it. Drones own nothing: their reports come every few seconds, and nobody applies to what
/// they write.
/// </summary>
public sealed class FieldOwners(TimeProvider time)
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 128 };

    /// <summary>Sets the owners of what the write changes. A refusal: the client brought owners that cannot be read.</summary>
    public Refusal? Claim(AdmissionCall call, WriteIntent intent)
    {
        if (intent.Applies || intent.User.NodeName.Length > 0) return null;
        IReadOnlyList<ManagedFieldsEntry> given = call.New.Metadata.ManagedFields;
        HiveObject? before = call.Old;
        // A client may rewrite the owners (it does when it moves to server-side apply); what it leaves out stays as it was.
        if (before is not null && given.Count > 0 && !given.SequenceEqual(before.Metadata.ManagedFields))
        {
            if (!given.All(IsReadable)) return Refusals.Invalid(call.Kind.Kind, call.Kind.Group, call.New.Metadata.Name, CauseType.FieldValueInvalid, "metadata.managedFields", "Invalid value: the field sets cannot be read");
            before = before with { Metadata = before.Metadata with { ManagedFields = given } };
        }
        string part = call.Subresource == "status" ? "status" : "";
        IReadOnlyList<ManagedFieldsEntry> owners = ManagedFields.AfterUpdate(call.Kind, before, call.New with { Metadata = call.New.Metadata with { ManagedFields = [] } }, intent.FieldManager, part, Time.From(time.GetUtcNow()));
        call.New = call.New with { Metadata = call.New.Metadata with { ManagedFields = owners } };
        return null;
    }

    private static bool IsReadable(ManagedFieldsEntry entry)
    {
        if (entry.FieldsV1 is not { IsEmpty: false } fields) return true;
        if (JsonTexts.Problem(fields.Utf8.Span, 128) is not null) return false;
        try
        {
            using JsonDocument document = JsonDocument.Parse(fields.Utf8, Strict);
            return IsFieldSet(document.RootElement);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Objects all the way down, whose names say what kind of path element they are.</summary>
    private static bool IsFieldSet(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object) return false;
        foreach (JsonProperty property in element.EnumerateObject())
        {
            bool known = property.Name == "." || property.Name.StartsWith("f:", StringComparison.Ordinal) || property.Name.StartsWith("v:", StringComparison.Ordinal)
                || (property.Name.StartsWith("k:", StringComparison.Ordinal) && IsKey(property.Name[2..]));
            if (!known || !IsFieldSet(property.Value)) return false;
        }
        return true;
    }

    private static bool IsKey(string text)
    {
        using JsonDocument key = JsonDocument.Parse(text, Strict);
        return key.RootElement.ValueKind == JsonValueKind.Object;
    }
}
