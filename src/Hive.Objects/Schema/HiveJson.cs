using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hive.Objects;

/// <summary>JSON of schema types. Objects that Hive stored itself are read here; bodies of requests come through <see cref="BodyReader"/>.</summary>
public static class HiveJson
{
    /// <summary>Compact, with only those characters escaped that JSON demands.</summary>
    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true, MaxDepth = ObjectLimits.Depth };

    internal static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = ObjectLimits.Depth, CommentHandling = JsonCommentHandling.Disallow };

    /// <summary>The value as UTF-8 JSON, without a line break at the end.</summary>
    public static byte[] Write(object value)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        Write(buffer, value);
        return buffer.WrittenSpan.ToArray();
    }

    public static void Write(IBufferWriter<byte> output, object value)
    {
        using var writer = new Utf8JsonWriter(output, WriterOptions);
        Write(writer, value);
    }

    public static void Write(Utf8JsonWriter writer, object value) => TypeSchema.Of(value.GetType()).WriteJson(writer, value);

    /// <summary>The value as a tree, for patches.</summary>
    public static JsonObject ToNode(object value) => (JsonObject)JsonNode.Parse(Write(value), null, DocumentOptions)!;

    /// <summary>A tree as UTF-8 JSON, with only those characters escaped that JSON demands (a node's own writer escapes more).</summary>
    public static byte[] WriteNode(JsonNode node)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions)) node.WriteTo(writer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads a value of <typeparamref name="T"/>, whatever kind and version the body names.</summary>
    public static Decoded<T> Read<T>(ReadOnlyMemory<byte> utf8, bool strict = false) where T : class, new() => Read(TypeSchema<T>.Instance, utf8, strict).Cast<T>();

    /// <summary>As <see cref="Read{T}"/>, for a type known only at run time.</summary>
    public static Decoded<object> Read(TypeSchema schema, ReadOnlyMemory<byte> utf8, bool strict = false)
    {
        var context = new DecodeContext(utf8, strict) { StructName = "" };
        try
        {
            var reader = new Utf8JsonReader(utf8.Span, ReaderOptions);
            if (!reader.Read()) return Decoded<object>.Failed("unexpected end of JSON input");
            if (reader.TokenType == JsonTokenType.Null) return Decoded<object>.Of(schema.Create(), []);
            var value = schema.ReadJson(ref reader, context);
            // Anything behind the object makes the reader throw.
            reader.Read();
            return Decoded<object>.Of(value, context.Problems);
        }
        catch (DecodeException error)
        {
            return Decoded<object>.Failed(error.Message);
        }
        catch (JsonException error)
        {
            return Decoded<object>.Failed(JsonSyntax.Describe(error, utf8.Span));
        }
        catch (InvalidOperationException)
        {
            // A string with half a surrogate pair or bytes that are no UTF-8.
            return Decoded<object>.Failed("invalid character in string literal: not UTF-8");
        }
    }

    internal static readonly JsonDocumentOptions DocumentOptions = new() { MaxDepth = ObjectLimits.Depth };
}
