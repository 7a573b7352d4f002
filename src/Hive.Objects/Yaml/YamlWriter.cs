using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Hive.Objects.Yaml;

/// <summary>Writes JSON as block-style YAML that reads back as the same JSON.</summary>
public static class YamlWriter
{
    private const int DeepestJson = 256;

    /// <summary>The node as one document, ended by a newline.</summary>
    public static string Write(JsonNode? node) => Encoding.UTF8.GetString(FromJson(Encoding.UTF8.GetBytes(node?.ToJsonString() ?? "null")));

    /// <summary>JSON text as one document in UTF-8, ended by a newline.</summary>
    public static byte[] FromJson(ReadOnlyMemory<byte> json)
    {
        using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = DeepestJson });
        using var text = new StringWriter();
        var emitter = new Emitter(text, new EmitterSettings(2, int.MaxValue, false, 1024));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, true));
        Write(emitter, document.RootElement);
        emitter.Emit(new DocumentEnd(true));
        emitter.Emit(new StreamEnd());
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Write(Emitter emitter, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, true, IsEmpty(element) ? MappingStyle.Flow : MappingStyle.Block));
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    WriteText(emitter, property.Name);
                    Write(emitter, property.Value);
                }
                emitter.Emit(new MappingEnd());
                break;
            case JsonValueKind.Array:
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, true, element.GetArrayLength() == 0 ? SequenceStyle.Flow : SequenceStyle.Block));
                foreach (JsonElement item in element.EnumerateArray()) Write(emitter, item);
                emitter.Emit(new SequenceEnd());
                break;
            case JsonValueKind.String:
                WriteText(emitter, element.GetString()!);
                break;
            default:
                emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, element.ValueKind == JsonValueKind.Null ? "null" : element.GetRawText(), ScalarStyle.Plain, true, false));
                break;
        }
    }

    private static bool IsEmpty(JsonElement element)
    {
        foreach (JsonProperty _ in element.EnumerateObject()) return false;
        return true;
    }

    private static void WriteText(Emitter emitter, string text)
    {
        ScalarStyle style = text.Contains('\n', StringComparison.Ordinal) && !text.Contains('\r', StringComparison.Ordinal) && !text.StartsWith(' ') && !text.StartsWith('\n')
            ? ScalarStyle.Literal
            : YamlScalars.IsPlainString(text) ? ScalarStyle.Any : ScalarStyle.DoubleQuoted;
        emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, style, true, true));
    }
}
