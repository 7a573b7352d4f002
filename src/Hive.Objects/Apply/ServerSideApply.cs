using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;

namespace Hive.Objects;

/// <summary>A field that another manager owns and that the applied document would change.</summary>
public sealed record ApplyConflict(string Manager, string ApiVersion, string Field);

/// <summary>What came of an apply: the merged document with its managed fields, or the conflicts.</summary>
public sealed class ApplyOutcome
{
    internal ApplyOutcome(JsonObject? value, bool changed, IReadOnlyList<ApplyConflict> conflicts)
    {
        Value = value;
        Changed = changed;
        Conflicts = conflicts;
    }

    /// <summary>The merged document; null exactly when there are conflicts.</summary>
    public JsonObject? Value { get; }

    /// <summary>False when neither the document nor anybody's ownership changed: nothing needs to be written.</summary>
    public bool Changed { get; }

    public IReadOnlyList<ApplyConflict> Conflicts { get; }

    [MemberNotNullWhen(true, nameof(Value))]
    public bool Ok => Value is not null;

    /// <summary>The refusal: code 409 with a cause for each field.</summary>
    public Status ConflictStatus() => new()
    {
        Outcome = "Failure",
        Message = Message(),
        Reason = StatusReason.Conflict,
        Details = new StatusDetails
        {
            Causes = [.. Conflicts.Select(conflict => new StatusCause { Reason = CauseType.FieldManagerConflict, Message = $"conflict with \"{conflict.Manager}\" using {conflict.ApiVersion}", Field = conflict.Field })],
        },
        Code = 409,
    };

    private string Message()
    {
        if (Conflicts.Count == 1) return $"Apply failed with 1 conflict: conflict with \"{Conflicts[0].Manager}\" using {Conflicts[0].ApiVersion}: {Conflicts[0].Field}";
        var groups = Conflicts.GroupBy(conflict => (conflict.Manager, conflict.ApiVersion));
        var lines = groups.Select(group => $"conflicts with \"{group.Key.Manager}\" using {group.Key.ApiVersion}:\n{string.Join('\n', group.Select(conflict => "- " + conflict.Field))}");
        return $"Apply failed with {Conflicts.Count} conflicts: {string.Join('\n', lines)}";
    }
}

/// <summary>
/// Server-side apply: a manager hands over all that it wants of an object. What it sets it owns; what it set before and leaves out now is removed unless somebody else owns it; what others own
/// is refused as a conflict, or taken over by force.
/// </summary>
public static class ServerSideApply
{
    /// <param name="kind">The kind of the object.</param>
    /// <param name="live">The object as stored; null when it does not exist.</param>
    /// <param name="applied">The document handed over, without <c>managedFields</c>.</param>
    /// <param name="manager">The field manager of the request.</param>
    /// <param name="force">Take over what others own.</param>
    /// <param name="subResource">"" for the object, "status" for its status.</param>
    /// <param name="now">The time for the manager's entry.</param>
    public static ApplyOutcome Apply(KindDefinition kind, HiveObject? live, JsonObject applied, string manager, bool force, string subResource, Time now)
    {
        var place = Place.Root(kind.Schema);
        var document = live is null ? (JsonObject)applied.DeepClone() : HiveJson.ToNode(live);
        var before = live is null ? FieldSet.Empty : DocumentFields.Of(document, kind, subResource);
        var wanted = DocumentFields.Of(applied, kind, subResource);
        var changing = wanted.ChangedSince(before);
        var entries = live?.Metadata.ManagedFields ?? [];
        var others = entries.Where(entry => !ManagedFields.IsEntry(entry, manager, ManagedFieldsOperationType.Apply, subResource)).ToArray();
        var conflicts = force ? [] : Conflicts(others, changing);
        if (conflicts.Count > 0) return new ApplyOutcome(null, false, conflicts);

        var mine = entries.FirstOrDefault(entry => ManagedFields.IsEntry(entry, manager, ManagedFieldsOperationType.Apply, subResource));
        var previous = mine is null ? FieldSet.Empty : ManagedFields.Fields(mine);
        var merged = live is null ? document : (JsonObject)ApplyMerge.Merge(document, DocumentFields.Owned(applied, kind, subResource), place)!;
        var kept = others.Aggregate(wanted, (set, entry) => set.Union(ManagedFields.Fields(entry)));
        ApplyMerge.Remove(merged, previous.Except(wanted), kept, place);

        var updated = Entries(kind, others, mine, wanted, changing, manager, subResource, now);
        var changed = live is null || !wanted.SameMembers(previous) || !changing.IsEmpty || !previous.Except(wanted).IsEmpty;
        SetManagedFields(merged, changed ? updated : entries);
        return new ApplyOutcome(merged, changed, []);
    }

    private static List<ApplyConflict> Conflicts(ManagedFieldsEntry[] others, FieldSet changing)
    {
        var conflicts = new List<ApplyConflict>();
        foreach (var entry in others)
        {
            foreach (var path in ManagedFields.Fields(entry).Intersect(changing).Paths()) conflicts.Add(new ApplyConflict(entry.Manager, entry.ApiVersion, path));
        }
        return conflicts;
    }

    private static List<ManagedFieldsEntry> Entries(
        KindDefinition kind, ManagedFieldsEntry[] others, ManagedFieldsEntry? mine, FieldSet wanted, FieldSet changing, string manager, string subResource, Time now)
    {
        var fresh = mine ?? new ManagedFieldsEntry { Manager = manager, Operation = ManagedFieldsOperationType.Apply, Subresource = subResource };
        var entries = new List<ManagedFieldsEntry> { ManagedFields.Entry(fresh, wanted, kind, now) };
        foreach (var entry in others)
        {
            var owned = ManagedFields.Fields(entry);
            var left = owned.Except(changing);
            if (!left.IsEmpty) entries.Add(left.SameMembers(owned) ? entry : ManagedFields.Entry(entry, left, kind, entry.Time));
        }
        return entries;
    }

    private static void SetManagedFields(JsonObject document, IReadOnlyList<ManagedFieldsEntry> entries)
    {
        if (document["metadata"] is not JsonObject metadata) document["metadata"] = metadata = [];
        metadata["managedFields"] = new JsonArray([.. entries.Select(entry => (JsonNode)HiveJson.ToNode(entry))]);
    }
}
