using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hive.Objects;

/// <summary>
/// The parts of two states of an object that differ, as documents. Most writes change a few fields of a large object; what is equal is never turned into JSON, so that
/// keeping track of owners costs as much as the change is big.
/// </summary>
internal static class ObjectDifference
{
    /// <summary>Two documents that hold, in the same places, only what is not equal.</summary>
    internal static (JsonObject Before, JsonObject After) Of(TypeSchema schema, object before, object after)
    {
        var (left, right) = (new JsonObject(), new JsonObject());
        foreach (var field in schema.Fields)
        {
            if (field.Same(before, after)) continue;
            if (field.Shape is { Kind: ShapeKind.Object, Type: { IsAtomic: false } type } && field.Get(before) is { } inner && field.Get(after) is { } other)
            {
                var (innerLeft, innerRight) = Of(type, inner, other);
                Put(left, field.Name, innerLeft);
                Put(right, field.Name, innerRight);
                continue;
            }
            Put(left, field.Name, ValueOf(field, before));
            Put(right, field.Name, ValueOf(field, after));
        }
        return (left, right);
    }

    private static void Put(JsonObject document, string name, JsonNode? value)
    {
        if (value is null or JsonObject { Count: 0 }) return;
        document[name] = value;
    }

    private static JsonNode? ValueOf(FieldSchema field, object owner)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, HiveJson.WriterOptions))
        {
            writer.WriteStartObject();
            field.WriteJson(writer, owner);
            writer.WriteEndObject();
        }
        var holder = (JsonObject)JsonNode.Parse(buffer.WrittenSpan, null, HiveJson.DocumentOptions)!;
        if (!holder.TryGetPropertyValue(field.Name, out var value)) return null;
        holder.Remove(field.Name);
        return value;
    }
}
