using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Hive.Objects.Yaml;

/// <summary>
/// The one reader of YAML: manifests that people hand to the command line and bodies that clients send mean the same. Anchors are followed, but
/// never past the bound on nodes. JSON is YAML, so it is read too.
/// </summary>
public sealed class YamlReader
{
    private readonly Parser _parser;
    private readonly YamlBounds _bounds;
    private readonly Dictionary<string, JsonNode?> _anchors = new(StringComparer.Ordinal);
    private int _nodes;

    private YamlReader(Parser parser, YamlBounds bounds)
    {
        _parser = parser;
        _bounds = bounds;
    }

    /// <summary>The documents of a text, at most so many.</summary>
    public static YamlDocuments Read(string text, YamlBounds bounds, int most = int.MaxValue)
    {
        var reader = new YamlReader(new Parser(new StringReader(text)), bounds);
        try
        {
            var documents = new List<JsonNode?>();
            reader._parser.Consume<StreamStart>();
            while (documents.Count < most && reader._parser.TryConsume<DocumentStart>(out _)) documents.Add(reader.Document());
            return new YamlDocuments(documents, null);
        }
        catch (YamlException wrong)
        {
            return new YamlDocuments([], new YamlError(wrong.Start.Line, wrong.Start.Column, wrong.InnerException?.Message ?? wrong.Message));
        }
        catch (InvalidOperationException)
        {
            // The library's scanner stops so, without a place, at some texts (a plain scalar broken off within a flow sequence).
            Mark seen = reader._parser.Current?.End ?? Mark.Empty;
            return new YamlDocuments([], new YamlError(seen.Line, seen.Column, "unexpected text behind this place"));
        }
    }

    private JsonNode? Document()
    {
        _anchors.Clear();
        JsonNode? root = Node(0);
        _parser.Consume<DocumentEnd>();
        return root;
    }

    private JsonNode? Node(int depth)
    {
        ParsingEvent at = _parser.Current ?? throw new YamlException("unexpected end of the document");
        if (++_nodes > _bounds.Nodes) throw new YamlException(at.Start, at.End, "document contains excessive aliasing or too many nodes");
        if (depth > _bounds.Depth) throw new YamlException(at.Start, at.End, "document is nested too deeply");
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
        if (_nodes > _bounds.Nodes) throw new YamlException(alias.Start, alias.End, "document contains excessive aliasing");
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
