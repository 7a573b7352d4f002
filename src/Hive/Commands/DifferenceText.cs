using System.Text.Json.Nodes;
using Hive.Client.Etcd;

namespace Hive.Commands;

/// <summary>Differences as people read them: a line for each key (<c>+</c> added, <c>-</c> removed, <c>~</c> changed) and below it what is new and what is gone; of JSON only the fields that differ.</summary>
internal static class DifferenceText
{
    public static void Write(TextWriter output, KeyChange change)
    {
        string key = ValueText.Of(change.Key);
        switch (change)
        {
            case { Before: null, After: { } added }:
                output.WriteLine($"+ {key}");
                WriteLines(output, '+', ValueText.Of(added.Value));
                break;
            case { Before: { } removed, After: null }:
                output.WriteLine($"- {key}");
                WriteLines(output, '-', ValueText.Of(removed.Value));
                break;
            case { Before: { } before, After: { } after }:
                output.WriteLine($"~ {key}");
                if (before.Lease != after.Lease) output.WriteLine($"    lease: {before.Lease:x} -> {after.Lease:x}");
                if (ValueText.Json(before.Value) is { } old && ValueText.Json(after.Value) is { } now) WriteFields(output, "", old, now);
                else if (!before.Value.AsSpan().SequenceEqual(after.Value))
                {
                    WriteLines(output, '-', ValueText.Of(before.Value));
                    WriteLines(output, '+', ValueText.Of(after.Value));
                }
                break;
        }
    }

    public static JsonObject Json(KeyChange change)
    {
        var item = new JsonObject { ["change"] = change.Before is null ? "added" : change.After is null ? "removed" : "changed" };
        ValueText.Put(item, "key", change.Key);
        if (change.Before is { } before) item["before"] = KvCommands.Pair(before);
        if (change.After is { } after) item["after"] = KvCommands.Pair(after);
        return item;
    }

    private static void WriteLines(TextWriter output, char sign, string text)
    {
        foreach (string line in text.Split('\n')) output.WriteLine($"  {sign} {line}");
    }

    private static void WriteFields(TextWriter output, string path, JsonNode? before, JsonNode? after)
    {
        if (JsonNode.DeepEquals(before, after)) return;
        if (before is JsonObject left && after is JsonObject right)
        {
            foreach (string name in left.Select(f => f.Key).Union(right.Select(f => f.Key)).Order(StringComparer.Ordinal)) WriteFields(output, $"{path}.{name}", left[name], right[name]);
        }
        else if (before is JsonArray from && after is JsonArray to && from.Count == to.Count)
        {
            for (int i = 0; i < from.Count; i++) WriteFields(output, $"{path}[{i}]", from[i], to[i]);
        }
        else output.WriteLine($"    {(path.Length == 0 ? "." : path)}: {Text(before)} -> {Text(after)}");
    }

    private static string Text(JsonNode? node) => node?.ToJsonString() ?? "(none)";
}
