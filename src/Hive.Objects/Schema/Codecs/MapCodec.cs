using System.Text.Json;

namespace Hive.Objects;

/// <summary>What maps share: pairs in order of keys; in protobuf one message {1: key, 2: value} for each pair.</summary>
internal abstract class MapCodecOf<TMap, T>(ValueCodec<T> element) : ValueCodec<TMap> where TMap : OrdinalMap<T>
{
    private ValueShape? _shape;

    private protected abstract TMap Build(List<KeyValuePair<string, T>> pairs);

    internal sealed override ValueShape Shape => _shape ??= new ValueShape(ShapeKind.Map, element.Shape);

    internal sealed override TMap Empty => Build([]);

    internal sealed override bool IsEmpty(TMap value) => value.Count == 0;

    internal sealed override void WriteJson(Utf8JsonWriter writer, TMap value)
    {
        writer.WriteStartObject();
        for (var i = 0; i < value.Count; i++)
        {
            var (key, item) = value.At(i);
            writer.WritePropertyName(key);
            element.WriteJson(writer, item);
        }
        writer.WriteEndObject();
    }

    internal sealed override TMap ReadJson(ref Utf8JsonReader reader, DecodeContext context)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw context.WrongType(reader.TokenType, Shape.TypeName);
        var pairs = new List<KeyValuePair<string, T>>();
        var seen = context.Strict ? new HashSet<string>(StringComparer.Ordinal) : null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            if (seen is not null && !seen.Add(key)) context.Duplicate(key);
            reader.Read();
            pairs.Add(new KeyValuePair<string, T>(key, ReadValue(ref reader, key, context)));
        }
        return Build(pairs);
    }

    internal sealed override void WriteProto(ReverseProtoWriter writer, int number, TMap value)
    {
        for (var i = value.Count - 1; i >= 0; i--)
        {
            var (key, item) = value.At(i);
            var mark = writer.Position;
            element.WriteProto(writer, 2, item);
            writer.WriteString(1, key);
            writer.CloseMessage(number, mark);
        }
    }

    internal sealed override TMap ReadProto(ref ProtoReader reader, TMap current, ref object? pending)
    {
        var entry = reader.ReadMessage();
        var key = "";
        var value = element.Empty;
        while (entry.TryReadTag(out var number))
        {
            object? below = null;
            if (number == 1) key = entry.ReadString();
            else if (number == 2) value = element.ReadProto(ref entry, value, ref below);
            else entry.Skip();
        }
        pending ??= new List<KeyValuePair<string, T>>();
        ((List<KeyValuePair<string, T>>)pending).Add(new KeyValuePair<string, T>(key, value));
        return current;
    }

    internal sealed override TMap Finish(TMap current, object pending) => Build((List<KeyValuePair<string, T>>)pending);

    internal sealed override bool Same(TMap left, TMap right)
    {
        if (ReferenceEquals(left, right)) return true;
        if (left.Count != right.Count) return false;
        for (var i = 0; i < left.Count; i++)
        {
            var (a, b) = (left.At(i), right.At(i));
            if (a.Key != b.Key || !element.Same(a.Value, b.Value)) return false;
        }
        return true;
    }

    private T ReadValue(ref Utf8JsonReader reader, string key, DecodeContext context)
    {
        if (reader.TokenType == JsonTokenType.Null) return element.Empty;
        // Scalars are reported under the map's own name, as clients know it from other servers; objects under their key.
        var named = element.Shape.Kind is ShapeKind.Object or ShapeKind.Map or ShapeKind.List;
        if (named) context.Enter(key);
        var value = element.ReadJson(ref reader, context);
        if (named) context.Leave();
        return value;
    }
}

internal sealed class MapCodec<T>(ValueCodec<T> element) : MapCodecOf<OrdinalMap<T>, T>(element)
{
    private protected override OrdinalMap<T> Build(List<KeyValuePair<string, T>> pairs) => OrdinalMap.FromPairs(pairs);
}

internal sealed class StringMapCodec() : MapCodecOf<StringMap, string>(StringCodec.Instance)
{
    internal static StringMapCodec Instance { get; } = new();

    private protected override StringMap Build(List<KeyValuePair<string, string>> pairs) => StringMap.FromPairs(pairs);
}
