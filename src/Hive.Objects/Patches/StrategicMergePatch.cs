using System.Text.Json.Nodes;

namespace Hive.Objects;

/// <summary>
/// Strategic merge patch: a merge patch that knows from the schema which lists to merge, and by which key. Directives: <c>$patch</c> (replace, delete, merge), <c>$retainKeys</c>,
/// <c>$setElementOrder/FIELD</c>, <c>$deleteFromPrimitiveList/FIELD</c>.
/// </summary>
public static class StrategicMergePatch
{
    private const string PatchDirective = "$patch";
    private const string RetainKeys = "$retainKeys";
    private const string OrderPrefix = "$setElementOrder/";
    private const string DeletePrefix = "$deleteFromPrimitiveList/";

    public static PatchOutcome Apply(JsonObject document, ReadOnlyMemory<byte> patch, TypeSchema schema) => PatchOutcome.Run(document, patch, (target, parsed) =>
        parsed is JsonObject changes
            ? MergeObject((JsonObject)target, changes, schema)
            : throw new PatchException(PatchFailure.Malformed, "error decoding patch: a strategic merge patch must be a JSON object"));

    private static JsonObject MergeObject(JsonObject original, JsonObject patch, TypeSchema? schema)
    {
        if (patch.TryGetPropertyValue(PatchDirective, out var directive))
        {
            switch (TextOf(directive))
            {
                case "replace": return Stripped(patch);
                case "delete": return [];
                case "merge": break;
                case var other: throw Bad($"unknown patch type found: {other}");
            }
        }
        if (patch[RetainKeys] is JsonArray retained) Retain(original, patch, retained);
        foreach (var (name, value) in patch)
        {
            if (name.StartsWith(DeletePrefix, StringComparison.Ordinal) && value is JsonArray gone) DeleteValues(original, name[DeletePrefix.Length..], gone);
        }
        var orders = new Dictionary<string, JsonArray>(StringComparer.Ordinal);
        var before = new Dictionary<string, JsonArray>(StringComparer.Ordinal);
        foreach (var (name, value) in patch)
        {
            if (!name.StartsWith(OrderPrefix, StringComparison.Ordinal)) continue;
            var field = name[OrderPrefix.Length..];
            orders[field] = value as JsonArray ?? throw Bad($"{name} must be a list");
            before[field] = original[field]?.DeepClone() as JsonArray ?? [];
        }
        foreach (var (name, value) in patch)
        {
            if (!name.StartsWith('$')) MergeField(original, name, value, schema);
        }
        foreach (var (field, order) in orders)
        {
            if (original[field] is JsonArray list) original[field] = ElementOrder.Arrange(list, order, before[field], KeyOf(schema, field));
        }
        return original;
    }

    private static void MergeField(JsonObject original, string name, JsonNode? value, TypeSchema? schema)
    {
        if (value is null)
        {
            original.Remove(name);
            return;
        }
        FieldSchema? field = null;
        schema?.TryFind(name, out field);
        original.TryGetPropertyValue(name, out var current);
        if (value is JsonObject changes)
        {
            var into = current as JsonObject ?? [];
            var merged = MergeObject(into, changes, field?.Shape.Kind == ShapeKind.Object ? field.Shape.Type : null);
            if (!ReferenceEquals(merged, current)) original[name] = merged;
        }
        else if (value is JsonArray items && field is { MergesByPatch: true })
        {
            original[name] = MergeList(current as JsonArray ?? [], items, field);
        }
        else
        {
            original[name] = value is JsonArray whole ? StrippedList(whole) : value.DeepClone();
        }
    }

    private static JsonArray MergeList(JsonArray original, JsonArray patch, FieldSchema field)
    {
        if (field.Attribute.MergeKey is not { } key) return Union(original, patch);
        var replaces = patch.Any(item => item is JsonObject element && TextOf(element[PatchDirective]) == "replace");
        // Beside the element that says "replace" the others are the whole new list.
        if (replaces) return new JsonArray([.. patch.OfType<JsonObject>().Where(element => !element.ContainsKey(PatchDirective)).Select(element => (JsonNode)Stripped(element))]);
        var merged = original.Select(item => item?.DeepClone()).ToList();
        foreach (var item in patch)
        {
            if (item is not JsonObject element) throw Bad($"an element of {field.Name} is no object");
            if (!element.TryGetPropertyValue(key, out var identity)) throw Bad($"map: {element.ToJsonString()} does not contain declared merge key: {key}");
            var at = merged.FindIndex(candidate => candidate is JsonObject existing && JsonNode.DeepEquals(existing[key], identity));
            if (TextOf(element[PatchDirective]) == "delete")
            {
                if (at >= 0) merged.RemoveAt(at);
            }
            else if (at >= 0)
            {
                merged[at] = MergeObject((JsonObject)merged[at]!, element, field.Shape.Element!.Type);
            }
            else
            {
                merged.Add(MergeObject([], element, field.Shape.Element!.Type));
            }
        }
        return new JsonArray([.. merged]);
    }

    private static JsonArray Union(JsonArray original, JsonArray patch)
    {
        var merged = original.Select(item => item?.DeepClone()).ToList();
        foreach (var item in patch)
        {
            if (!merged.Any(existing => JsonNode.DeepEquals(existing, item))) merged.Add(item?.DeepClone());
        }
        return new JsonArray([.. merged]);
    }

    private static void Retain(JsonObject original, JsonObject patch, JsonArray retained)
    {
        var keys = retained.Select(TextOf).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, value) in patch)
        {
            if (!name.StartsWith('$') && value is not null && !keys.Contains(name)) throw Bad("keys in the patch don't match the $retainKeys list");
        }
        foreach (var name in original.Select(pair => pair.Key).Where(name => !keys.Contains(name)).ToArray()) original.Remove(name);
    }

    private static void DeleteValues(JsonObject original, string field, JsonArray gone)
    {
        if (original[field] is not JsonArray list) return;
        for (var i = list.Count - 1; i >= 0; i--)
        {
            if (gone.Any(value => JsonNode.DeepEquals(value, list[i]))) list.RemoveAt(i);
        }
    }

    private static string? KeyOf(TypeSchema? schema, string name) => schema is not null && schema.TryFind(name, out var field) ? field.Attribute.MergeKey : null;

    // What enters an object as new carries neither directives nor nulls.
    private static JsonObject Stripped(JsonObject value)
    {
        var result = new JsonObject();
        foreach (var (name, item) in value)
        {
            if (name.StartsWith('$') || item is null) continue;
            result[name] = item switch
            {
                JsonObject inner => Stripped(inner),
                JsonArray list => StrippedList(list),
                _ => item.DeepClone(),
            };
        }
        return result;
    }

    private static JsonArray StrippedList(JsonArray list) => new([.. list
        .Where(item => item is not JsonObject element || TextOf(element[PatchDirective]) is not ("delete" or "replace"))
        .Select(item => item is JsonObject element ? Stripped(element) : item?.DeepClone())]);

    private static string? TextOf(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static PatchException Bad(string message) => new(PatchFailure.Malformed, message);
}
