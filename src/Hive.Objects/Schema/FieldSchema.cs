using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;

namespace Hive.Objects;

/// <summary>One field of a <see cref="TypeSchema"/>: its attributes and compiled access to it.</summary>
public abstract class FieldSchema
{
    private protected FieldSchema(PropertyInfo property, FieldAttribute attribute)
    {
        Property = property;
        Attribute = attribute;
        EncodedName = JsonEncodedText.Encode(attribute.Name);
        MergesByPatch = attribute.Patch?.Split(',').Contains("merge") ?? false;
        RetainsKeys = attribute.Patch?.Split(',').Contains("retainKeys") ?? false;
        MapKeys = attribute.ListKeys?.Split(',') ?? [];
        EnumValues = attribute.Enum is null ? [] : [.. Constants(attribute.Enum).Order(StringComparer.Ordinal)];
    }

    public string Name => Attribute.Name;

    /// <summary>The property of the record.</summary>
    public PropertyInfo Property { get; }

    /// <summary>All that is declared about the field.</summary>
    public FieldAttribute Attribute { get; }

    public abstract ValueShape Shape { get; }

    /// <summary>Strategic merge patch merges elements instead of replacing the list.</summary>
    public bool MergesByPatch { get; }

    /// <summary>Strategic merge patch honours <c>$retainKeys</c> here (unions such as a volume's source).</summary>
    public bool RetainsKeys { get; }

    /// <summary>Keys of a list of type <c>map</c>.</summary>
    public IReadOnlyList<string> MapKeys { get; }

    /// <summary>The values allowed, in order; empty when any value is.</summary>
    public IReadOnlyList<string> EnumValues { get; }

    internal JsonEncodedText EncodedName { get; }

    /// <summary>The value, boxed.</summary>
    public abstract object? Get(object owner);

    /// <summary>Sets the value of an object that nobody else has seen yet.</summary>
    internal abstract void Set(object owner, object? value);

    /// <summary>Whether the field would be left out when written.</summary>
    public abstract bool IsEmpty(object owner);

    internal abstract bool Same(object left, object right);
    internal abstract void WriteJson(Utf8JsonWriter writer, object owner);
    internal abstract void ReadJson(ref Utf8JsonReader reader, object owner, DecodeContext context);
    internal abstract void WriteProto(ReverseProtoWriter writer, object owner);
    internal abstract void ReadProto(ref ProtoReader reader, object owner, ref object? pending);
    internal abstract void FinishProto(object owner, object pending);

    /// <summary>Whether defaulting would change the field; <paramref name="value"/> is then what to set.</summary>
    internal abstract bool TryDefault(object owner, [NotNullWhen(true)] out object? value);

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = SchemaFactory.Kept)]
    private static IEnumerable<string> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!);
}

/// <summary>A field with its types known, so that access needs no boxing.</summary>
internal sealed class Field<TOwner, TValue> : FieldSchema where TOwner : class
{
    private readonly Func<TOwner, TValue> _get;
    private Action<TOwner, TValue>? _set;
    private readonly ValueCodec<TValue> _codec;
    private readonly TValue _default;

    internal Field(PropertyInfo property, FieldAttribute attribute, ValueCodec<TValue> codec) : base(property, attribute)
    {
        _get = property.GetMethod!.CreateDelegate<Func<TOwner, TValue>>();
        _codec = codec;
        _default = string.IsNullOrEmpty(attribute.Default) ? default! : _codec.ParseDefault(attribute.Default);
    }

    // Made at first use: most fields of most types are never read from anywhere, and start-up would pay for all of them.
    private Action<TOwner, TValue> Setter => _set ??= Property.SetMethod!.CreateDelegate<Action<TOwner, TValue>>();

    public override ValueShape Shape => _codec.Shape;

    public override object? Get(object owner) => _get((TOwner)owner);

    internal override void Set(object owner, object? value) => Setter((TOwner)owner, (TValue)value!);

    public override bool IsEmpty(object owner)
    {
        var value = _get((TOwner)owner);
        return value is null || _codec.IsEmpty(value);
    }

    internal override bool Same(object left, object right)
    {
        var (a, b) = (_get((TOwner)left), _get((TOwner)right));
        if (a is null || b is null) return a is null && b is null;
        return _codec.Same(a, b);
    }

    internal override void WriteJson(Utf8JsonWriter writer, object owner)
    {
        var value = _get((TOwner)owner);
        if (value is null || (!Attribute.Always && _codec.IsEmpty(value))) return;
        writer.WritePropertyName(EncodedName);
        _codec.WriteJson(writer, value);
    }

    internal override void ReadJson(ref Utf8JsonReader reader, object owner, DecodeContext context)
    {
        if (reader.TokenType == JsonTokenType.Null) return;
        context.Enter(Name);
        Setter((TOwner)owner, _codec.ReadJson(ref reader, context));
        context.Leave();
    }

    internal override void WriteProto(ReverseProtoWriter writer, object owner)
    {
        var value = _get((TOwner)owner);
        if (value is null || (!Attribute.Always && _codec.IsEmpty(value))) return;
        _codec.WriteProto(writer, Attribute.Number, value);
    }

    internal override void ReadProto(ref ProtoReader reader, object owner, ref object? pending) =>
        Setter((TOwner)owner, _codec.ReadProto(ref reader, _get((TOwner)owner), ref pending));

    internal override void FinishProto(object owner, object pending) => Setter((TOwner)owner, _codec.Finish(_get((TOwner)owner), pending));

    internal override bool TryDefault(object owner, [NotNullWhen(true)] out object? value)
    {
        value = null;
        var current = _get((TOwner)owner);
        if (current is null || _codec.IsEmpty(current))
        {
            if (string.IsNullOrEmpty(Attribute.Default)) return false;
            value = _default;
            return value is not null;
        }
        var defaulted = _codec.WithDefaults(current);
        if (typeof(TValue).IsValueType || ReferenceEquals(defaulted, current)) return false;
        value = defaulted;
        return value is not null;
    }
}
