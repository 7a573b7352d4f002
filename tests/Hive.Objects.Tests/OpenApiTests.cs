using System.Text.Json.Nodes;
using Xunit;

namespace Hive.Objects.Tests;

public class OpenApiTests
{
    private static readonly OpenApiV2 Two = new(KindCatalog.BuiltIn, "v0");
    private static readonly OpenApiV3 Three = new(KindCatalog.BuiltIn, "v0");

    [Fact]
    public void Every_reference_leads_to_a_definition()
    {
        var two = JsonNode.Parse(Two.Json.Span)!;
        Follow(two, two["definitions"]!.AsObject(), "#/definitions/");
        foreach (var (path, _) in JsonNode.Parse(Three.Index())!["paths"]!.AsObject())
        {
            Assert.True(Three.TryFind(path, out var json, out _));
            var three = JsonNode.Parse(json.Span)!;
            Follow(three, three["components"]!["schemas"]!.AsObject(), "#/components/schemas/");
        }
    }

    [Fact]
    public void Every_stored_kind_has_a_patch_that_takes_field_validation()
    {
        foreach (var kind in KindCatalog.BuiltIn.All.Where(kind => kind.Stored))
        {
            var path = kind.Group.Length == 0 ? $"api/{kind.Version}" : $"apis/{kind.Group}/{kind.Version}";
            Assert.True(Three.TryFind(path, out var json, out _));
            var patches = JsonNode.Parse(json.Span)!["paths"]!.AsObject().Select(p => p.Value!["patch"]).OfType<JsonObject>();
            Assert.Contains(patches, patch => (string)patch["x-kubernetes-group-version-kind"]!["kind"]! == kind.Kind
                && patch["parameters"]!.AsArray().Any(p => (string)p!["name"]! == "fieldValidation" && (string)p["in"]! == "query"));
        }
    }

    [Fact]
    public void Merge_keys_and_list_types_are_told()
    {
        var containers = JsonNode.Parse(Two.Json.Span)!["definitions"]!["io.k8s.api.core.v1.PodSpec"]!["properties"]!["containers"]!;
        Assert.Equal(("name", "merge", "map"), ((string)containers["x-kubernetes-patch-merge-key"]!, (string)containers["x-kubernetes-patch-strategy"]!, (string)containers["x-kubernetes-list-type"]!));
    }

    [Fact]
    public void The_protobuf_form_opens_as_gnostics_document()
    {
        var reader = new GnosticProbe(Two.Protobuf.ToArray());
        Assert.Equal("2.0", reader.Text(1));
        Assert.True(reader.Count(9, 1) > 150);
        Assert.True(reader.Count(8, 2) > 40);
    }

    [Fact]
    public void A_hash_stands_in_every_url_of_the_index()
    {
        foreach (var (path, entry) in JsonNode.Parse(Three.Index())!["paths"]!.AsObject())
        {
            Assert.True(Three.TryFind(path, out _, out var hash));
            Assert.Equal($"/openapi/v3/{path}?hash={hash}", (string)entry!["serverRelativeURL"]!);
        }
        Assert.False(Three.TryFind("apis/nope/v1", out _, out _));
    }

    private static void Follow(JsonNode? node, JsonObject definitions, string prefix)
    {
        if (node is JsonArray list)
        {
            foreach (var item in list) Follow(item, definitions, prefix);
        }
        if (node is not JsonObject map) return;
        foreach (var (name, value) in map)
        {
            if (name == "$ref" && value is JsonValue target && target.TryGetValue<string>(out var text)) Assert.True(definitions.ContainsKey(text[prefix.Length..]), text);
            else Follow(value, definitions, prefix);
        }
    }

    /// <summary>Counts fields of a protobuf message by hand, so that the writer is not checked by itself.</summary>
    private sealed class GnosticProbe(byte[] bytes)
    {
        internal string Text(int number) => System.Text.Encoding.UTF8.GetString(Fields(bytes).First(field => field.Number == number).Bytes);

        internal int Count(int outer, int inner) => Fields(Fields(bytes).First(field => field.Number == outer).Bytes).Count(field => field.Number == inner);

        private static List<(int Number, byte[] Bytes)> Fields(byte[] message)
        {
            var fields = new List<(int, byte[])>();
            for (var at = 0; at < message.Length;)
            {
                var tag = Varint(message, ref at);
                Assert.Equal(2, tag & 7);
                var length = Varint(message, ref at);
                fields.Add((tag >> 3, message[at..(at + length)]));
                at += length;
            }
            return fields;
        }

        private static int Varint(byte[] message, ref int at)
        {
            var value = 0;
            for (var shift = 0; ; shift += 7)
            {
                value |= (message[at] & 0x7f) << shift;
                if (message[at++] < 0x80) return value;
            }
        }
    }
}
