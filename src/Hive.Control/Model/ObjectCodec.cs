using System.Text;
using System.Text.Json.Nodes;
using Hive.Objects;

namespace Hive.Control;

/// <summary>The bytes of objects as they stand in the store: canonical, so that "nothing changed" is a comparison of bytes.</summary>
public static class ObjectCodec
{
    public static byte[] Encode(object value) => value is OpaqueObject opaque ? EncodeOpaque(opaque) : HiveJson.Write(WithoutVersion(value));

    public static bool SameBytes(HiveObject left, HiveObject right) => ReferenceEquals(left, right) || Encode(left).AsSpan().SequenceEqual(Encode(right));

    /// <summary>The revision of an object is the store's business; written into its value it would lie.</summary>
    private static object WithoutVersion(object value) =>
        value is HiveObject { Metadata.ResourceVersion.Length: > 0 } stored ? stored with { Metadata = stored.Metadata with { ResourceVersion = "" } } : value;

    private static byte[] EncodeOpaque(OpaqueObject value)
    {
        var root = JsonNode.Parse(value.Raw.Span) as JsonObject ?? throw Invariant.Fail($"{value.Kind} {value.Name} is no JSON object");
        root["metadata"] = HiveJson.ToNode(value.Metadata);
        return Encoding.UTF8.GetBytes(root.ToJsonString());
    }
}
