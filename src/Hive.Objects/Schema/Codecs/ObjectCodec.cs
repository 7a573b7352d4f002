using System.Text.Json;

namespace Hive.Objects;

/// <summary>A nested object of a schema type. The schema is looked up at first use, so that types may contain themselves.</summary>
internal sealed class ObjectCodec<T> : ValueCodec<T> where T : class, new()
{
    private static TypeSchema<T> Schema => TypeSchema<T>.Instance;

    internal override ValueShape Shape { get; } = new(ShapeKind.Object, type: static () => TypeSchema<T>.Instance);

    internal override T Empty => new();

    internal override ValueCodec ListOf(bool isWrapped) => isWrapped ? new WrappedListCodec<T>(this) : new ListCodec<T>(this);

    internal override ValueCodec MapOf() => new MapCodec<T>(this);

    // An object that is there is written, empty or not: clients tell {} from absent.
    internal override bool IsEmpty(T value) => false;

    internal override void WriteJson(Utf8JsonWriter writer, T value) => Schema.WriteJson(writer, value);

    internal override T ReadJson(ref Utf8JsonReader reader, DecodeContext context) => (T)Schema.ReadJson(ref reader, context);

    internal override void WriteProto(ReverseProtoWriter writer, int number, T value)
    {
        var mark = writer.Position;
        Schema.WriteProto(writer, value);
        writer.CloseMessage(number, mark);
    }

    internal override T ReadProto(ref ProtoReader reader, T current, ref object? pending)
    {
        var message = reader.ReadMessage();
        return (T)Schema.ReadProto(ref message, current);
    }

    internal override bool Same(T left, T right) => Schema.Same(left, right);

    internal override T WithDefaults(T value) => (T)Schema.WithDefaults(value);
}
