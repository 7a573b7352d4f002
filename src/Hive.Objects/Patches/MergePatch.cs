using System.Text.Json.Nodes;

namespace Hive.Objects;

/// <summary>JSON merge patch (RFC 7386): objects merge, null removes, everything else replaces.</summary>
public static class MergePatch
{
    public static PatchOutcome Apply(JsonObject document, ReadOnlyMemory<byte> patch) => PatchOutcome.Run(document, patch, static (target, parsed) =>
        parsed is JsonObject ? Merge(target, parsed) : throw new PatchException(PatchFailure.Malformed, "error decoding patch: a merge patch must be a JSON object"));

    private static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes) return patch?.DeepClone();
        var result = target as JsonObject ?? [];
        foreach (var (name, value) in changes)
        {
            if (value is null)
            {
                result.Remove(name);
                continue;
            }
            result.TryGetPropertyValue(name, out var current);
            var merged = Merge(current, value);
            if (!ReferenceEquals(merged, current)) result[name] = merged;
        }
        return result;
    }
}
