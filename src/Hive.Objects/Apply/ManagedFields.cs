using System.Text.Json.Nodes;

namespace Hive.Objects;

/// <summary>Keeps <c>metadata.managedFields</c>: which manager set which fields, by applying or by updating.</summary>
public static class ManagedFields
{
    /// <summary>
    /// The entries after a write that was no apply: the manager owns what it changed, nobody owns what is gone. <paramref name="before"/> is null for a creation.
    /// </summary>
    public static IReadOnlyList<ManagedFieldsEntry> AfterUpdate(KindDefinition kind, HiveObject? before, HiveObject after, string manager, string subResource, Time now)
    {
        var (oldParts, newParts) = before is null ? ([], HiveJson.ToNode(after)) : ObjectDifference.Of(kind.Schema, before, after);
        var old = DocumentFields.OfOwned(DocumentFields.Strip(oldParts, kind, subResource), kind);
        var current = DocumentFields.OfOwned(DocumentFields.Strip(newParts, kind, subResource), kind);
        var changed = before is null ? current : current.ChangedSince(old);
        var removed = old.Except(current);
        if (before is not null && changed.IsEmpty && removed.IsEmpty) return before.Metadata.ManagedFields;
        var entries = new List<ManagedFieldsEntry>();
        var found = false;
        foreach (var entry in before?.Metadata.ManagedFields ?? [])
        {
            var mine = IsEntry(entry, manager, ManagedFieldsOperationType.Update, subResource);
            found |= mine;
            if (!Overlaps(entry, subResource))
            {
                entries.Add(entry);
                continue;
            }
            var owned = Fields(entry);
            var left = owned.Except(removed);
            left = mine ? left.Union(changed) : left.Except(changed);
            if (left.IsEmpty) continue;
            entries.Add(left.SameMembers(owned) ? entry : Entry(entry, left, kind, mine ? now : entry.Time));
        }
        if (!found && !changed.IsEmpty)
        {
            var fresh = new ManagedFieldsEntry { Manager = manager, Operation = ManagedFieldsOperationType.Update, Subresource = subResource };
            entries.Add(Entry(fresh, changed, kind, now));
        }
        return entries;
    }

    // Status and everything else have no field in common.
    private static bool Overlaps(ManagedFieldsEntry entry, string subResource) => (entry.Subresource == "status") == (subResource == "status");

    internal static bool IsEntry(ManagedFieldsEntry entry, string manager, string operation, string subResource) =>
        entry.Manager == manager && entry.Operation == operation && entry.Subresource == subResource;

    internal static FieldSet Fields(ManagedFieldsEntry entry) => entry.FieldsV1 is { IsEmpty: false } raw ? FieldSet.FromJson(JsonNode.Parse(raw.Utf8.Span)) : FieldSet.Empty;

    internal static ManagedFieldsEntry Entry(ManagedFieldsEntry entry, FieldSet fields, KindDefinition kind, Time? time) => entry with
    {
        ApiVersion = kind.ApiVersion,
        Time = time,
        FieldsType = "FieldsV1",
        FieldsV1 = new RawJson(HiveJson.WriteNode(fields.ToJson())),
    };
}
