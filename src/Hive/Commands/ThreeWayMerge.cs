using System.Text.Json.Nodes;

namespace Hive.Commands;

/// <summary>
/// Live object + what was applied last + what is applied now -> the object to write. Maps merge by key, lists whose items have names
/// merge by name, other lists are replaced. A field is removed exactly when it was applied before and is applied no more.
/// </summary>
internal static class ThreeWayMerge
{
    public static JsonObject Merge(JsonObject live, JsonObject? previous, JsonObject wanted)
    {
        var result = (JsonObject)live.DeepClone();
        foreach ((string key, JsonNode? was) in previous ?? [])
        {
            if (!wanted.ContainsKey(key) && was is not null) result.Remove(key);
        }
        foreach ((string key, JsonNode? value) in wanted)
        {
            if (value is null) result.Remove(key);
            else result[key] = MergeValue(result[key], previous?[key], value);
        }
        return result;
    }

    private static JsonNode MergeValue(JsonNode? live, JsonNode? previous, JsonNode wanted) => (live, wanted) switch
    {
        (JsonObject l, JsonObject w) => Merge(l, previous as JsonObject, w),
        (JsonArray l, JsonArray w) when IsNamed(l) && IsNamed(w) => MergeNamed(l, previous as JsonArray, w),
        _ => wanted.DeepClone(),
    };

    /// <summary>The wanted order; items that only the live list has stay unless they were applied before.</summary>
    private static JsonArray MergeNamed(JsonArray live, JsonArray? previous, JsonArray wanted)
    {
        var result = new JsonArray();
        foreach (JsonObject item in wanted.OfType<JsonObject>())
        {
            JsonObject? present = Find(live, item);
            result.Add(present is null ? item.DeepClone() : Merge(present, Find(previous, item), item));
        }
        foreach (JsonObject item in live.OfType<JsonObject>())
        {
            if (Find(wanted, item) is null && Find(previous, item) is null) result.Add(item.DeepClone());
        }
        return result;
    }

    private static bool IsNamed(JsonArray list) => list.Count > 0 && list.All(i => i is JsonObject o && o["name"] is JsonValue);

    private static JsonObject? Find(JsonArray? list, JsonObject item) =>
        list?.OfType<JsonObject>().FirstOrDefault(o => (string?)o["name"] == (string?)item["name"]);
}
