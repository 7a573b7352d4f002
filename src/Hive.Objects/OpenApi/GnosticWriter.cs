using System.Text.Json.Nodes;

namespace Hive.Objects;

/// <summary>
/// An OpenAPI 2.0 document in the protobuf form defined by gnostic (openapiv2/OpenAPIv2.proto). Only what Hive's documents hold is known here; the numbers are gnostic's. Everything is
/// written backwards (<see cref="ReverseProtoWriter"/>): within a message the highest number first.
/// </summary>
internal sealed class GnosticWriter
{
    private const string ExtensionPrefix = "x-";
    private readonly ReverseProtoWriter _writer = new();

    internal static byte[] Write(JsonObject document)
    {
        var gnostic = new GnosticWriter();
        gnostic.Document(document);
        return gnostic._writer.Written.ToArray();
    }

    private void Document(JsonObject document)
    {
        Message(9, () => Named(1, (JsonObject)document["definitions"]!, (number, schema) => Message(number, () => Schema((JsonObject)schema))));
        Message(8, () => Named(2, (JsonObject)document["paths"]!, (number, path) => Message(number, () => Path((JsonObject)path))));
        Message(2, () =>
        {
            var info = (JsonObject)document["info"]!;
            Text(2, info["version"]);
            Text(1, info["title"]);
        });
        Text(1, document["swagger"]);
    }

    private void Path(JsonObject path)
    {
        if (path["parameters"] is JsonArray parameters) Each(9, parameters, parameter => Message(1, () => Parameter((JsonObject)parameter)));
        foreach (var (verb, number) in new[] { ("patch", 8), ("delete", 5), ("post", 4), ("put", 3), ("get", 2) })
        {
            if (path[verb] is JsonObject operation) Message(number, () => Operation(operation));
        }
    }

    private void Operation(JsonObject operation)
    {
        Extensions(13, operation);
        Message(9, () => Named(1, (JsonObject)operation["responses"]!, (number, response) => Message(number, () => Message(1, () => Response((JsonObject)response)))));
        Each(8, (JsonArray)operation["parameters"]!, parameter => Message(1, () => Parameter((JsonObject)parameter)));
        if (operation["consumes"] is JsonArray consumes) Texts(7, consumes);
        Texts(6, (JsonArray)operation["produces"]!);
    }

    private void Response(JsonObject response)
    {
        if (response["schema"] is JsonObject schema) Message(2, () => Message(1, () => Schema(schema)));
        Text(1, response["description"]);
    }

    private void Parameter(JsonObject parameter)
    {
        if ((string)parameter["in"]! == "body")
        {
            Message(1, () =>
            {
                Message(5, () => Schema((JsonObject)parameter["schema"]!));
                Flag(4, parameter["required"]);
                Text(3, parameter["in"]);
                Text(2, parameter["name"]);
            });
            return;
        }
        // Query and path parameters differ in their numbers from "type" on.
        var query = (string)parameter["in"]! == "query";
        Message(2, () => Message(query ? 3 : 4, () =>
        {
            Flag(query ? 20 : 19, parameter["uniqueItems"]);
            Text(query ? 6 : 5, parameter["type"]);
            Text(4, parameter["name"]);
            Text(2, parameter["in"]);
            Flag(1, parameter["required"]);
        }));
    }

    private void Schema(JsonObject schema)
    {
        Extensions(31, schema);
        if (schema["properties"] is JsonObject properties) Message(25, () => Named(1, properties, (number, property) => Message(number, () => Schema((JsonObject)property))));
        if (schema["items"] is JsonObject items) Message(23, () => Message(1, () => Schema(items)));
        if (schema["type"] is { } type) Message(22, () => Text(1, type));
        if (schema["additionalProperties"] is JsonObject values) Message(21, () => Message(1, () => Schema(values)));
        if (schema["enum"] is JsonArray allowed) Each(20, allowed, value => Yaml(value));
        if (schema["required"] is JsonArray required) Texts(19, required);
        if (schema["default"] is { } standard) Message(5, () => Yaml(standard));
        Text(4, schema["description"]);
        Text(2, schema["format"]);
        Text(1, schema["$ref"]);
    }

    private void Extensions(int number, JsonObject owner)
    {
        foreach (var (name, value) in owner.Reverse())
        {
            if (!name.StartsWith(ExtensionPrefix, StringComparison.Ordinal)) continue;
            Message(number, () =>
            {
                Message(2, () => Yaml(value!));
                _writer.WriteString(1, name);
            });
        }
    }

    // JSON is YAML.
    private void Yaml(JsonNode value) => _writer.WriteString(2, value.ToJsonString() + "\n");

    private void Named(int number, JsonObject map, Action<int, JsonNode> value)
    {
        foreach (var (name, item) in map.Reverse())
        {
            Message(number, () =>
            {
                value(2, item!);
                _writer.WriteString(1, name);
            });
        }
    }

    private void Each(int number, JsonArray list, Action<JsonNode> value)
    {
        for (var i = list.Count - 1; i >= 0; i--)
        {
            var item = list[i]!;
            Message(number, () => value(item));
        }
    }

    private void Texts(int number, JsonArray list)
    {
        for (var i = list.Count - 1; i >= 0; i--) _writer.WriteString(number, (string)list[i]!);
    }

    private void Text(int number, JsonNode? value)
    {
        if (value is not null) _writer.WriteString(number, (string)value!);
    }

    private void Flag(int number, JsonNode? value)
    {
        if (value is not null && (bool)value) _writer.WriteVarint(number, 1);
    }

    private void Message(int number, Action content)
    {
        var mark = _writer.Position;
        content();
        _writer.CloseMessage(number, mark);
    }
}
