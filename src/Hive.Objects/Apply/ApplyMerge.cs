using System.Text.Json.Nodes;

namespace Hive.Objects;

/// <summary>Puts an applied document over a live one, and takes out what a manager no longer sets. Works on copies that the caller owns.</summary>
internal static class ApplyMerge
{
    /// <summary>The live value with the applied one over it.</summary>
    internal static JsonNode? Merge(JsonNode? live, JsonNode? applied, Place place)
    {
        if (place.IsAtomic) return applied?.DeepClone();
        return (live, applied) switch
        {
            (JsonObject current, JsonObject wanted) => MergeObject(current, wanted, place),
            (JsonArray current, JsonArray wanted) when place.IsKeyedList => MergeKeyed(current, wanted, place),
            (JsonArray current, JsonArray wanted) when place.IsSet => MergeSet(current, wanted),
            _ => applied?.DeepClone(),
        };
    }

    /// <summary>Removes every field in <paramref name="gone"/> that <paramref name="kept"/> does not hold.</summary>
    internal static void Remove(JsonNode? node, FieldSet gone, FieldSet kept, Place place)
    {
        if (node is JsonObject map) RemoveFields(map, gone, kept, place);
        else if (node is JsonArray list) RemoveItems(list, gone, kept, place);
    }

    private static JsonObject MergeObject(JsonObject current, JsonObject wanted, Place place)
    {
        foreach (var (name, value) in wanted)
        {
            current.TryGetPropertyValue(name, out var before);
            var merged = Merge(before, value, place.Property(name));
            if (!ReferenceEquals(merged, before)) current[name] = merged;
        }
        return current;
    }

    // Items that both know keep their place; new ones follow in the applied order.
    private static JsonArray MergeKeyed(JsonArray current, JsonArray wanted, Place place)
    {
        foreach (var item in wanted.OfType<JsonObject>())
        {
            var key = place.KeyOf(item);
            var existing = current.OfType<JsonObject>().FirstOrDefault(candidate => place.KeyOf(candidate) == key);
            if (existing is null) current.Add(item.DeepClone());
            else if (place.Element().IsAtomic) current[existing.GetElementIndex()] = item.DeepClone();
            else MergeObject(existing, item, place.Element());
        }
        return current;
    }

    private static JsonArray MergeSet(JsonArray current, JsonArray wanted)
    {
        foreach (var item in wanted)
        {
            if (!current.Any(existing => JsonNode.DeepEquals(existing, item))) current.Add(item?.DeepClone());
        }
        return current;
    }

    private static void RemoveFields(JsonObject map, FieldSet gone, FieldSet kept, Place place)
    {
        foreach (var (element, child) in gone.Children)
        {
            var name = element[2..];
            if (!map.TryGetPropertyValue(name, out var value)) continue;
            var owned = kept.Find(element) ?? FieldSet.Empty;
            if (child.Member && owned.IsEmpty)
            {
                map.Remove(name);
                continue;
            }
            Remove(value, child, owned, place.Property(name));
            // What is empty now was only there for its content.
            if (owned.IsEmpty && value is JsonObject { Count: 0 } or JsonArray { Count: 0 }) map.Remove(name);
        }
    }

    private static void RemoveItems(JsonArray list, FieldSet gone, FieldSet kept, Place place)
    {
        foreach (var (element, child) in gone.Children)
        {
            var at = IndexOf(list, element, place);
            if (at < 0) continue;
            var owned = kept.Find(element) ?? FieldSet.Empty;
            if (child.Member && owned.IsEmpty) list.RemoveAt(at);
            else Remove(list[at], child, owned, place.Element());
        }
    }

    private static int IndexOf(JsonArray list, string element, Place place)
    {
        for (var i = 0; i < list.Count; i++)
        {
            var text = place.IsKeyedList && list[i] is JsonObject item ? place.KeyOf(item) : Place.ValueOf(list[i]);
            if (text == element) return i;
        }
        return -1;
    }
}
