using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hive.Composition;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Hive.Commands;

/// <summary>YAML in and out, as JSON nodes. Plain scalars follow YAML 1.2's core schema; quoted ones are strings.</summary>
internal static class YamlText
{
    private static readonly JsonSerializerOptions Quoting = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>All documents of a manifest; empty documents are left out. JSON is YAML, so it is read too.</summary>
    /// <exception cref="UsageException">The text is no YAML, or a document is no mapping: which file, line and column.</exception>
    public static IReadOnlyList<JsonObject> ReadDocuments(string text, string name)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException failure)
        {
            throw new UsageException($"{name}: line {failure.Start.Line}, column {failure.Start.Column}: {failure.Message}");
        }
        var documents = new List<JsonObject>();
        foreach (YamlDocument document in stream.Documents)
        {
            JsonNode? node = ToJson(document.RootNode, name);
            if (node is null) continue;
            documents.Add(node as JsonObject ?? throw new UsageException($"{name}: line {document.RootNode.Start.Line}: a manifest must be a mapping with apiVersion and kind"));
        }
        return documents;
    }

    /// <summary>The node as YAML text, ended by a newline.</summary>
    public static string Write(JsonNode node)
    {
        var text = new StringBuilder();
        WriteNode(text, node, 0, atLineStart: true);
        return text.ToString();
    }

    private static JsonNode? ToJson(YamlNode node, string name)
    {
        switch (node)
        {
            case YamlMappingNode mapping:
                var result = new JsonObject();
                foreach ((YamlNode key, YamlNode value) in mapping.Children)
                {
                    string field = (key as YamlScalarNode)?.Value ?? throw new UsageException($"{name}: line {key.Start.Line}: a key must be a scalar");
                    if (result.ContainsKey(field)) throw new UsageException($"{name}: line {key.Start.Line}: the key \"{field}\" is given twice");
                    result[field] = ToJson(value, name);
                }
                return result;
            case YamlSequenceNode sequence:
                return new JsonArray([.. sequence.Children.Select(c => ToJson(c, name))]);
            case YamlScalarNode scalar:
                return Scalar(scalar);
            default:
                throw new UsageException($"{name}: line {node.Start.Line}: this kind of YAML node is not supported");
        }
    }

    private static JsonNode? Scalar(YamlScalarNode scalar)
    {
        string text = scalar.Value ?? "";
        if (scalar.Style is not ScalarStyle.Plain) return JsonValue.Create(text);
        if (text is "" or "null" or "~" or "Null" or "NULL") return null;
        if (text is "true" or "True" or "TRUE") return JsonValue.Create(true);
        if (text is "false" or "False" or "FALSE") return JsonValue.Create(false);
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long integer)) return JsonValue.Create(integer);
        if (text.Any(char.IsAsciiDigit) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)) return JsonValue.Create(number);
        return JsonValue.Create(text);
    }

    private static void WriteNode(StringBuilder text, JsonNode? node, int depth, bool atLineStart)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } map:
                if (!atLineStart) text.Append('\n');
                bool first = true;
                foreach ((string key, JsonNode? value) in map)
                {
                    if (!(first && atLineStart && depth > 0)) text.Append(' ', depth * 2);
                    first = false;
                    text.Append(Plain(key)).Append(':');
                    WriteValue(text, value, depth + (value is JsonArray ? 0 : 1));
                }
                break;
            case JsonArray { Count: > 0 } list:
                if (!atLineStart) text.Append('\n');
                foreach (JsonNode? item in list)
                {
                    text.Append(' ', depth * 2).Append('-');
                    if (item is JsonObject { Count: > 0 })
                    {
                        text.Append(' ');
                        WriteNode(text, item, depth + 1, atLineStart: true);
                    }
                    else
                    {
                        WriteValue(text, item, depth + 1);
                    }
                }
                break;
            default:
                text.Append(ScalarText(node, depth)).Append('\n');
                break;
        }
    }

    private static void WriteValue(StringBuilder text, JsonNode? value, int depth)
    {
        if (value is JsonObject { Count: > 0 } or JsonArray { Count: > 0 }) WriteNode(text, value, depth, atLineStart: false);
        else text.Append(' ').Append(ScalarText(value, depth)).Append('\n');
    }

    private static string ScalarText(JsonNode? node, int depth) => node switch
    {
        null => "null",
        JsonObject => "{}",
        JsonArray => "[]",
        JsonValue value when value.GetValueKind() == JsonValueKind.String => StringText(value.GetValue<string>(), depth),
        _ => node.ToJsonString(),
    };

    private static string StringText(string value, int depth)
    {
        if (value.Contains('\n', StringComparison.Ordinal) && !value.Contains('\r', StringComparison.Ordinal) && value[0] != ' ')
        {
            string indent = new(' ', depth * 2);
            string body = value.EndsWith('\n') ? value[..^1] : value;
            return (value.EndsWith('\n') ? "|\n" : "|-\n") + string.Join('\n', body.Split('\n').Select(l => l.Length == 0 ? l : indent + l));
        }
        return Plain(value);
    }

    /// <summary>Quotes a string where YAML would read it as something else.</summary>
    private static string Plain(string value)
    {
        bool safe = value.Length > 0 && Scalar(new YamlScalarNode(value) { Style = ScalarStyle.Plain }) is JsonValue v && v.GetValueKind() == JsonValueKind.String
            && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ' ' or '(' or ')' or ',' or '=' or '+' or ':' or ';' or '$' or '<' or '>' or '%' or '~' or '^' or '@')
            && value[0] is not ('-' or ' ' or '=' or '@' or '%' or '>' or '<' or ',' or ':') && value[^1] is not (':' or ' ')
            && !value.Contains(": ", StringComparison.Ordinal) && !value.Contains(" #", StringComparison.Ordinal)
            && value is not ("y" or "n" or "Y" or "N" or "yes" or "no" or "on" or "off" or "Yes" or "No" or "On" or "Off");
        return safe ? value : JsonValue.Create(value).ToJsonString(Quoting);
    }
}
