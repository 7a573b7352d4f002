using System.Text;
using System.Text.Json.Nodes;
using Hive.Objects.Yaml;

namespace Hive.Api.Http;

/// <summary>A request body in YAML.</summary>
public static class YamlBody
{
    /// <summary>The first document as JSON text; a refusal says where the YAML is broken.</summary>
    public static Outcome<byte[]> ToJson(ReadOnlyMemory<byte> yaml, ApiLimits limits)
    {
        string text;
        try
        {
            text = new UTF8Encoding(false, true).GetString(yaml.Span);
        }
        catch (DecoderFallbackException)
        {
            return Refusals.BadRequest("error converting YAML to JSON: yaml: invalid UTF-8");
        }
        YamlDocuments read = YamlReader.Read(text, new YamlBounds(limits.YamlNodes, limits.BodyDepth), most: 1);
        if (read.Error is { } wrong) return Refusals.BadRequest($"error converting YAML to JSON: yaml: line {wrong.Line}: {wrong.Message}");
        JsonNode? document = read.Documents.Count > 0 ? read.Documents[0] : null;
        return Encoding.UTF8.GetBytes(document?.ToJsonString() ?? "null");
    }
}
