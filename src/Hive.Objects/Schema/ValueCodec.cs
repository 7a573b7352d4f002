using System.Reflection;
using System.Text.Json;

namespace Hive.Objects;

/// <summary>
/// A codec whose type is not known where it is used. What is built on it is built by it, who knows the type: so the compiler sees every combination that there can be, and all
/// of them can be compiled ahead of time.
/// </summary>
internal abstract class ValueCodec
{
    /// <summary>A field of <typeparamref name="TOwner"/> with values of this codec's type.</summary>
    internal abstract FieldSchema FieldOf<TOwner>(PropertyInfo property, FieldAttribute attribute) where TOwner : class;

    /// <summary>The codec of a value that may be absent.</summary>
    internal virtual ValueCodec Nullable() => throw Invariant.Fail($"{GetType().Name} is not of a value type");

    /// <summary>The codec of a list of such values, which in protobuf lies in a message of its own when it is wrapped.</summary>
    internal virtual ValueCodec ListOf(bool isWrapped) => throw Invariant.Fail($"no schema has lists of what {GetType().Name} reads");

    /// <summary>The codec of a map to such values.</summary>
    internal virtual ValueCodec MapOf() => throw Invariant.Fail($"no schema has maps of what {GetType().Name} reads");
}

/// <summary>Reads, writes and compares values of one type, in JSON and in protobuf. Codecs are stateless and composed: a list codec holds the codec of its elements.</summary>
internal abstract class ValueCodec<T> : ValueCodec
{
    internal sealed override FieldSchema FieldOf<TOwner>(PropertyInfo property, FieldAttribute attribute) => new Field<TOwner, T>(property, attribute, this);

    internal abstract ValueShape Shape { get; }

    /// <summary>What an element is that a list or map names without a value: never null.</summary>
    internal abstract T Empty { get; }

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
