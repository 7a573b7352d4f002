using System.Globalization;
using System.Text.Json.Nodes;

namespace Hive.Objects;

/// <summary>JSON Patch (RFC 6902): a list of operations, of which all apply or none.</summary>
public static class JsonPatch
{
    public static PatchOutcome Apply(JsonObject document, ReadOnlyMemory<byte> patch) => PatchOutcome.Run(document, patch, static (target, parsed) =>
    {
        if (parsed is not JsonArray operations)
        {
            var found = parsed is JsonObject ? "object" : parsed is null ? "null" : parsed.GetValueKind().ToString().ToLowerInvariant();
            throw new PatchException(PatchFailure.Malformed, $"json: cannot unmarshal {found} into Go value of type jsonpatch.Patch");
        }
        if (operations.Count > ObjectLimits.JsonPatchOperations)
        {
            throw new PatchException(PatchFailure.Malformed, $"The allowed maximum operations in a JSON patch is {ObjectLimits.JsonPatchOperations}, got {operations.Count}");
        }
        JsonNode? result = target;
        foreach (var operation in operations) result = One(result, operation as JsonObject ?? throw Bad("an operation must be an object"));
        return result;
    });

    private static JsonNode? One(JsonNode? root, JsonObject operation)
    {
        var path = Pointer(operation, "path");
        switch (Text(operation, "op"))
        {
            case "add":
                return Add(root, path, Value(operation));
            case "remove":
                return Remove(root, path, out _);
            case "replace":
                Get(root, path);
                return path.Length == 0 ? Value(operation) : Add(Remove(root, path, out _), path, Value(operation));
            case "move":
                var from = Pointer(operation, "from");
                if (path.Length > from.Length && path.AsSpan(0, from.Length).SequenceEqual(from)) throw Fails("a value cannot be moved into itself");
                return Add(Remove(root, from, out var moved), path, moved);
            case "copy":
                return Add(root, path, Get(root, Pointer(operation, "from"))?.DeepClone());
            case "test":
                if (JsonNode.DeepEquals(Get(root, path), Value(operation))) return root;
                throw Fails($"testing path {Text(operation, "path")} failed");
            case var other:
                throw Bad($"unexpected kind: {other}");
        }
    }

    private static JsonNode? Add(JsonNode? root, string[] path, JsonNode? value)
    {
        if (path.Length == 0) return value;
        var last = path[^1];
        switch (Get(root, path[..^1]))
        {
            case JsonObject parent:
                parent[last] = value;
                break;
            case JsonArray parent:
                var at = last == "-" ? parent.Count : Index(last, parent.Count);
                parent.Insert(at, value);
                break;
            default:
                throw Missing("add", path);
        }
        return root;
    }

    private static JsonNode? Remove(JsonNode? root, string[] path, out JsonNode? removed)
    {
        removed = Get(root, path);
        if (path.Length == 0) return null;
        if (Get(root, path[..^1]) is JsonObject parent) parent.Remove(path[^1]);
        else if (Get(root, path[..^1]) is JsonArray list) list.RemoveAt(Index(path[^1], list.Count - 1));
        return root;
    }

    private static JsonNode? Get(JsonNode? node, string[] path)
    {
        foreach (var part in path)
        {
            switch (node)
            {
                case JsonObject parent when parent.TryGetPropertyValue(part, out var child):
                    node = child;
                    break;
                case JsonArray list:
                    node = list[Index(part, list.Count - 1)];
                    break;
                default:
                    throw Missing("get", path);
            }
        }
        return node;
    }

    // RFC 6901: no leading zeros, and within the list.
    private static int Index(string part, int most)
    {
        var wellFormed = part.Length > 0 && part.All(char.IsAsciiDigit) && (part.Length == 1 || part[0] != '0');
        if (!wellFormed || !int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index > most) throw Fails($"Unable to access invalid index: {part}");
        return index;
    }

    private static string[] Pointer(JsonObject operation, string name)
    {
        var text = Text(operation, name);
        if (text.Length == 0) return [];
        if (text[0] != '/') throw Bad($"\"{text}\" is no JSON pointer");
        return [.. text[1..].Split('/').Select(part => part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];
    }

    private static string Text(JsonObject operation, string name) =>
        operation[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : throw Bad($"an operation has no \"{name}\"");

    private static JsonNode? Value(JsonObject operation) =>
        operation.TryGetPropertyValue("value", out var value) ? value?.DeepClone() : throw Bad("an operation has no \"value\"");

    private static PatchException Bad(string message) => new(PatchFailure.Malformed, $"error decoding patch: {message}");

    private static PatchException Fails(string message) => new(PatchFailure.DoesNotApply, message);

    private static PatchException Missing(string what, string[] path) => Fails($"{what} operation does not apply: doc is missing path: \"/{string.Join('/', path)}\": missing value");
}
