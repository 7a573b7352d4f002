using System.Text;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Hive.Api.Http;

/// <summary>Turns the first document of a YAML stream into JSON. Anchors are followed, but never past the bound on nodes.</summary>
public sealed class YamlReading
{
    private readonly Parser _parser;
    private readonly ApiLimits _limits;
    private readonly Dictionary<string, JsonNode?> _anchors = new(StringComparer.Ordinal);
    private int _nodes;

    private YamlReading(Parser parser, ApiLimits limits)
    {
        _parser = parser;
        _limits = limits;
    }

    /// <summary>The document as JSON text; a refusal says where the YAML is broken.</summary>
    public static Outcome<byte[]> ToJson(ReadOnlyMemory<byte> yaml, ApiLimits limits)
    {
        try
        {
            string text = new UTF8Encoding(false, true).GetString(yaml.Span);
            var reading = new YamlReading(new Parser(new StringReader(text)), limits);
            JsonNode? document = reading.Document();
            return Encoding.UTF8.GetBytes(document?.ToJsonString() ?? "null");
        }
        catch (YamlException wrong)
        {
            return Refusals.BadRequest($"error converting YAML to JSON: yaml: line {wrong.Start.Line}: {wrong.InnerException?.Message ?? wrong.Message}");
        }
        catch (DecoderFallbackException)
        {
            return Refusals.BadRequest("error converting YAML to JSON: yaml: invalid UTF-8");
        }
    }

    private JsonNode? Document()
    {
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _)) return null;
        return Node(0);
    }

    private JsonNode? Node(int depth)
    {
        ParsingEvent at = _parser.Current ?? throw new YamlException("unexpected end of the document");
        if (++_nodes > _limits.YamlNodes) throw new YamlException(at.Start, at.End, "document contains excessive aliasing or too many nodes");
        if (depth > _limits.BodyDepth) throw new YamlException(at.Start, at.End, "document is nested too deeply");
        if (_parser.TryConsume<AnchorAlias>(out AnchorAlias? alias)) return Alias(alias);
        if (_parser.TryConsume<Scalar>(out Scalar? scalar)) return Anchored(scalar, ScalarValue(scalar));
        if (_parser.TryConsume<SequenceStart>(out SequenceStart? sequence)) return Anchored(sequence, Sequence(depth));
        if (_parser.TryConsume<MappingStart>(out MappingStart? mapping)) return Anchored(mapping, Mapping(depth));
        throw new YamlException(at.Start, at.End, "unexpected content");
    }

    private JsonNode? Anchored(NodeEvent start, JsonNode? node)
    {
        if (!start.Anchor.IsEmpty) _anchors[start.Anchor.Value] = node;
        return node;
    }

    private JsonNode? Alias(AnchorAlias alias)
    {
        if (!_anchors.TryGetValue(alias.Value.Value, out JsonNode? node)) throw new YamlException(alias.Start, alias.End, $"unknown anchor '{alias.Value.Value}' referenced");
        _nodes += Count(node);
        if (_nodes > _limits.YamlNodes) throw new YamlException(alias.Start, alias.End, "document contains excessive aliasing");
        return node?.DeepClone();
    }

    private static int Count(JsonNode? node) => node switch
    {
        JsonObject map => 1 + map.Sum(pair => Count(pair.Value)),
        JsonArray list => 1 + list.Sum(Count),
        _ => 1,
    };

    private static JsonNode? ScalarValue(Scalar scalar)
    {
        if (!scalar.IsPlainImplicit && scalar.Style != ScalarStyle.Plain) return JsonValue.Create(scalar.Value);
        if (!scalar.Tag.IsEmpty && scalar.Tag.Value == "tag:yaml.org,2002:str") return JsonValue.Create(scalar.Value);
        return scalar.Style == ScalarStyle.Plain ? YamlScalars.Resolve(scalar.Value) : JsonValue.Create(scalar.Value);
    }

    private JsonArray Sequence(int depth)
    {
        var list = new JsonArray();
        while (!_parser.TryConsume<SequenceEnd>(out _)) list.Add(Node(depth + 1));
        return list;
    }

    private JsonObject Mapping(int depth)
    {
        var map = new JsonObject();
        var merged = new List<JsonObject>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            Mark start = _parser.Current!.Start, end = _parser.Current.End;
            if (!_parser.TryConsume<Scalar>(out Scalar? key)) throw new YamlException(start, end, "mapping keys must be scalars");
            JsonNode? value = Node(depth + 1);
            if (key.Value == "<<" && key.Style == ScalarStyle.Plain) CollectMerges(value, merged, start, end);
            else if (!map.TryAdd(key.Value, value)) throw new YamlException(start, end, $"key \"{key.Value}\" already set in map");
        }
        foreach (JsonObject source in merged)
        {
            foreach ((string name, JsonNode? value) in source)
            {
                if (!map.ContainsKey(name)) map[name] = value?.DeepClone();
            }
        }
        return map;
    }

    private static void CollectMerges(JsonNode? value, List<JsonObject> merged, Mark start, Mark end)
    {
        if (value is JsonObject one) merged.Add(one);
        else if (value is JsonArray many && many.All(item => item is JsonObject)) merged.AddRange(many.Cast<JsonObject>());
        else throw new YamlException(start, end, "map merge requires map or sequence of maps as the value");
    }
}
