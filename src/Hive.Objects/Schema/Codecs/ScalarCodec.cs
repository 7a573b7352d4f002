using System.Globalization;
using System.Text.Json;

namespace Hive.Objects;

/// <summary>A value that is one JSON token and never holds others.</summary>
internal abstract class ScalarCodec<T>(ShapeKind kind) : ValueCodec<T>
{
    internal sealed override ValueShape Shape { get; } = new(kind);

    internal sealed override ValueCodec ListOf(bool isWrapped) => isWrapped ? new WrappedListCodec<T>(this) : new ListCodec<T>(this);

    internal sealed override ValueCodec MapOf() => new MapCodec<T>(this);

    internal override bool IsEmpty(T value) => EqualityComparer<T>.Default.Equals(value, default);

    internal sealed override bool Same(T left, T right) => EqualityComparer<T>.Default.Equals(left, right);

    internal abstract T ReadProtoValue(ref ProtoReader reader);

    internal sealed override T ReadProto(ref ProtoReader reader, T current, ref object? pending) => ReadProtoValue(ref reader);
}

/// <summary>A scalar that is never null, unless its field can be absent.</summary>
internal abstract class StructCodec<T>(ShapeKind kind) : ScalarCodec<T>(kind) where T : struct
{
    internal sealed override T Empty => default;

    internal sealed override ValueCodec Nullable() => new NullableCodec<T>(this);
}

/// <summary>Text. The nullable twin tells absent from empty.</summary>
internal sealed class StringCodec : ScalarCodec<string>
{
    private readonly bool _nullable;

    private StringCodec(bool nullable) : base(ShapeKind.String) => _nullable = nullable;

    internal static StringCodec Instance { get; } = new(false);

    internal static StringCodec OrAbsent { get; } = new(true);

    internal override string Empty => "";

    internal override bool IsEmpty(string value) => !_nullable && value.Length == 0;

    internal override void WriteJson(Utf8JsonWriter writer, string value) => writer.WriteStringValue(value);

    internal override string ReadJson(ref Utf8JsonReader reader, DecodeContext context) =>
        reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw context.WrongType(reader.TokenType, "string");

    internal override void WriteProto(ReverseProtoWriter writer, int number, string value) => writer.WriteString(number, value);

    internal override string ReadProtoValue(ref ProtoReader reader) => reader.ReadString();

    internal override string ParseDefault(string text) => text;
}

internal sealed class BooleanCodec() : StructCodec<bool>(ShapeKind.Boolean)
{
    internal override void WriteJson(Utf8JsonWriter writer, bool value) => writer.WriteBooleanValue(value);

    internal override bool ReadJson(ref Utf8JsonReader reader, DecodeContext context) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw context.WrongType(reader.TokenType, "bool"),
    };

    internal override void WriteProto(ReverseProtoWriter writer, int number, bool value) => writer.WriteVarint(number, value ? 1UL : 0);

    internal override bool ReadProtoValue(ref ProtoReader reader) => reader.ReadVarint() != 0;

    internal override bool ParseDefault(string text) => bool.Parse(text);
}

internal sealed class Int32Codec() : StructCodec<int>(ShapeKind.Int32)
{
    internal override void WriteJson(Utf8JsonWriter writer, int value) => writer.WriteNumberValue(value);

    internal override int ReadJson(ref Utf8JsonReader reader, DecodeContext context)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var value)) return value;
        throw context.WrongType(reader.TokenType, "int32", NumberText.Of(ref reader));
    }

    // Negative numbers are sign-extended to 64 bits, as protobuf's int32 wants.
    internal override void WriteProto(ReverseProtoWriter writer, int number, int value) => writer.WriteVarint(number, unchecked((ulong)(long)value));

    internal override int ReadProtoValue(ref ProtoReader reader) => unchecked((int)reader.ReadVarint());

    internal override int ParseDefault(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}

internal sealed class Int64Codec() : StructCodec<long>(ShapeKind.Int64)
{
    internal override void WriteJson(Utf8JsonWriter writer, long value) => writer.WriteNumberValue(value);

    internal override long ReadJson(ref Utf8JsonReader reader, DecodeContext context)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value)) return value;
        throw context.WrongType(reader.TokenType, "int64", NumberText.Of(ref reader));
    }

    internal override void WriteProto(ReverseProtoWriter writer, int number, long value) => writer.WriteVarint(number, unchecked((ulong)value));

    internal override long ReadProtoValue(ref ProtoReader reader) => unchecked((long)reader.ReadVarint());

    internal override long ParseDefault(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}

/// <summary>The digits of a number that does not fit its type.</summary>
internal static class NumberText
{
    internal static string Of(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number ? " " + System.Text.Encoding.UTF8.GetString(reader.ValueSpan) : "";
}

/// <summary>Absent or a value; a value is written even when it is zero.</summary>
internal sealed class NullableCodec<T>(ValueCodec<T> inner) : ValueCodec<T?> where T : struct
{
    internal override ValueShape Shape => inner.Shape;

    internal override T? Empty => null;

    internal override bool IsEmpty(T? value) => value is null;

    internal override void WriteJson(Utf8JsonWriter writer, T? value) => inner.WriteJson(writer, value!.Value);

    internal override T? ReadJson(ref Utf8JsonReader reader, DecodeContext context) => inner.ReadJson(ref reader, context);

    internal override void WriteProto(ReverseProtoWriter writer, int number, T? value) => inner.WriteProto(writer, number, value!.Value);

    internal override T? ReadProto(ref ProtoReader reader, T? current, ref object? pending) => inner.ReadProto(ref reader, current ?? default, ref pending);

    internal override bool Same(T? left, T? right) => left is null || right is null ? left is null && right is null : inner.Same(left.Value, right.Value);

    internal override T? ParseDefault(string text) => inner.ParseDefault(text);
}
