using System.Text.Json;

namespace Hive.Objects;

/// <summary>A list; one field occurrence for each element in protobuf.</summary>
internal class ListCodec<T>(ValueCodec<T> element) : ValueCodec<IReadOnlyList<T>>
{
    private protected readonly ValueCodec<T> Element = element;
    private ValueShape? _shape;

    internal sealed override ValueShape Shape => _shape ??= new ValueShape(ShapeKind.List, Element.Shape);

    internal sealed override IReadOnlyList<T> Empty => [];

    internal sealed override ValueCodec MapOf() => new MapCodec<IReadOnlyList<T>>(this);

    internal sealed override bool IsEmpty(IReadOnlyList<T> value) => value.Count == 0;

    internal sealed override void WriteJson(Utf8JsonWriter writer, IReadOnlyList<T> value)
    {
        writer.WriteStartArray();
        for (var i = 0; i < value.Count; i++) Element.WriteJson(writer, value[i]);
        writer.WriteEndArray();
    }

    internal sealed override IReadOnlyList<T> ReadJson(ref Utf8JsonReader reader, DecodeContext context)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw context.WrongType(reader.TokenType, Shape.TypeName);
        var list = new List<T>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.Null)
            {
                list.Add(Element.Empty);
                continue;
            }
            context.Enter(list.Count);
            list.Add(Element.ReadJson(ref reader, context));
            context.Leave();
        }
        return list.Count == 0 ? [] : list.ToArray();
    }

    internal override void WriteProto(ReverseProtoWriter writer, int number, IReadOnlyList<T> value)
    {
        for (var i = value.Count - 1; i >= 0; i--) Element.WriteProto(writer, number, value[i]);
    }

    internal override IReadOnlyList<T> ReadProto(ref ProtoReader reader, IReadOnlyList<T> current, ref object? pending)
    {
        pending ??= new List<T>();
        object? below = null;
        ((List<T>)pending).Add(Element.ReadProto(ref reader, Element.Empty, ref below));
        return current;
    }

    internal sealed override IReadOnlyList<T> Finish(IReadOnlyList<T> current, object pending) => ((List<T>)pending).ToArray();

    internal sealed override bool Same(IReadOnlyList<T> left, IReadOnlyList<T> right)
    {
        if (ReferenceEquals(left, right)) return true;
        if (left.Count != right.Count) return false;
        for (var i = 0; i < left.Count; i++)
        {
            if (!Element.Same(left[i], right[i])) return false;
        }
        return true;
    }

    internal sealed override IReadOnlyList<T> WithDefaults(IReadOnlyList<T> value)
    {
        T[]? changed = null;
        for (var i = 0; i < value.Count; i++)
        {
            var defaulted = Element.WithDefaults(value[i]);
            if (typeof(T).IsValueType || ReferenceEquals(defaulted, value[i])) continue;
            changed ??= [.. value];
            changed[i] = defaulted;
        }
        return changed ?? value;
    }
}

/// <summary>A list of strings that lies in a message of its own in protobuf.</summary>
internal sealed class WrappedListCodec<T>(ValueCodec<T> element) : ListCodec<T>(element)
{
    internal override void WriteProto(ReverseProtoWriter writer, int number, IReadOnlyList<T> value)
    {
        var mark = writer.Position;
        base.WriteProto(writer, 1, value);
        writer.CloseMessage(number, mark);
    }

    internal override IReadOnlyList<T> ReadProto(ref ProtoReader reader, IReadOnlyList<T> current, ref object? pending)
    {
        var message = reader.ReadMessage();
        pending ??= new List<T>();
        while (message.TryReadTag(out var number))
        {
            if (number == 1) base.ReadProto(ref message, current, ref pending!);
            else message.Skip();
        }
        // As the value of a map there is no later Finish; as a field Finish sets the same list again.
        return Finish(current, pending!);
    }
}
