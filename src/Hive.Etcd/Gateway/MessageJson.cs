using System.Collections;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Hive.Etcd.Gateway;

/// <summary>
/// Messages as the JSON of etcd's gateway: names as in the message definition, 64-bit integers as strings, bytes in base64, enums by name,
/// zero values left out.
/// </summary>
internal static class MessageJson
{
    public static void Write(Utf8JsonWriter json, IMessage message)
    {
        json.WriteStartObject();
        foreach (var field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            if (field.HasPresence && !field.Accessor.HasValue(message)) continue;
            var value = field.Accessor.GetValue(message);
            if (field.IsRepeated) WriteList(json, field, (IList)value);
            else if (field.HasPresence || !IsZero(field, value))
            {
                json.WritePropertyName(field.Name);
                WriteValue(json, field, value);
            }
        }
        json.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter json, FieldDescriptor field, IList items)
    {
        if (items.Count == 0) return;
        json.WriteStartArray(field.Name);
        foreach (var item in items) WriteValue(json, field, item!);
        json.WriteEndArray();
    }

    private static bool IsZero(FieldDescriptor field, object value) => field.FieldType switch
    {
        FieldType.Int64 => (long)value == 0,
        FieldType.UInt64 => (ulong)value == 0,
        FieldType.Int32 => (int)value == 0,
        FieldType.UInt32 => (uint)value == 0,
        FieldType.Bool => !(bool)value,
        FieldType.String => ((string)value).Length == 0,
        FieldType.Bytes => ((ByteString)value).IsEmpty,
        FieldType.Enum => (int)value == 0,
        _ => false,
    };

    private static void WriteValue(Utf8JsonWriter json, FieldDescriptor field, object value)
    {
        switch (field.FieldType)
        {
            case FieldType.Int64: json.WriteStringValue(((long)value).ToString(System.Globalization.CultureInfo.InvariantCulture)); break;
            case FieldType.UInt64: json.WriteStringValue(((ulong)value).ToString(System.Globalization.CultureInfo.InvariantCulture)); break;
            case FieldType.Int32: json.WriteNumberValue((int)value); break;
            case FieldType.UInt32: json.WriteNumberValue((uint)value); break;
            case FieldType.Bool: json.WriteBooleanValue((bool)value); break;
            case FieldType.String: json.WriteStringValue((string)value); break;
            case FieldType.Bytes: json.WriteBase64StringValue(((ByteString)value).Span); break;
            case FieldType.Message: Write(json, (IMessage)value); break;
            case FieldType.Enum:
                if (field.EnumType.FindValueByNumber((int)value) is { } named) json.WriteStringValue(named.Name);
                else json.WriteNumberValue((int)value);
                break;
            default: throw Invariant.Fail($"no etcd message has a field of type {field.FieldType}");
        }
    }
}
