using System.Text.Json;

namespace Hive.Objects;

/// <summary>Reads, writes and compares values of one type, in JSON and in protobuf. Codecs are stateless and composed: a list codec holds the codec of its elements.</summary>
internal abstract class ValueCodec<T>
{
    internal abstract ValueShape Shape { get; }

    /// <summary>Whether the value may be left out when written.</summary>
    internal abstract bool IsEmpty(T value);

    internal abstract void WriteJson(Utf8JsonWriter writer, T value);

    /// <summary>Reads the value on whose first token the reader stands (never <c>null</c>) and leaves it on the last.</summary>
    internal abstract T ReadJson(ref Utf8JsonReader reader, DecodeContext context);

    /// <summary>Writes the field with its tag. The writer runs backwards: last byte first.</summary>
    internal abstract void WriteProto(ReverseProtoWriter writer, int number, T value);

    /// <summary>Takes one occurrence of the field; repeated fields gather in <paramref name="pending"/> until <see cref="Finish"/>.</summary>
    internal abstract T ReadProto(ref ProtoReader reader, T current, ref object? pending);

    /// <summary>Called once per message for a field that left something pending.</summary>
    internal virtual T Finish(T current, object pending) => current;

    internal abstract bool Same(T left, T right);

    /// <summary>Parses the text of <see cref="FieldAttribute.Default"/>.</summary>
    internal virtual T ParseDefault(string text) => throw Invariant.Fail($"{typeof(T).Name} has no default text");

    /// <summary>The value with the defaults of all that lies below it; the same reference when nothing changed.</summary>
    internal virtual T WithDefaults(T value) => value;
}
