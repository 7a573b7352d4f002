using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;

namespace Hive.Objects;

/// <summary>
/// A schema type: the fields of a record, in the order in which they are written. Built once from the record's attributes. Everything
/// that Hive knows about a type of the API follows from here.
/// </summary>
public abstract class TypeSchema
{
    private static readonly ConcurrentDictionary<Type, TypeSchema> Known = new();

    private protected TypeSchema(Type type)
    {
        Type = type;
        var schema = type.GetCustomAttribute<SchemaAttribute>() ?? throw Invariant.Fail($"{type.Name} has no [Schema]");
        Description = schema.Description;
        IsAtomic = schema.Atomic;
        Package = type.IsGenericType ? Of(type.GetGenericArguments()[0]).Package : schema.Package;
        Name = type.IsGenericType ? type.GetGenericArguments()[0].Name + "List" : type.Name;
    }

    public Type Type { get; }

    /// <summary>The name without package: <c>Container</c>.</summary>
    public string Name { get; }

    /// <summary>The package in which clients know the type, for example <c>io.k8s.api.core.v1</c>.</summary>
    public string Package { get; }

    /// <summary>The name in OpenAPI: package and name.</summary>
    public string FullName => $"{Package}.{Name}";

    public string Description { get; }

    /// <summary>Server-side apply: objects of this type have one owner as a whole.</summary>
    public bool IsAtomic { get; }

    /// <summary>The fields in the order in which they are written.</summary>
    public abstract IReadOnlyList<FieldSchema> Fields { get; }

    /// <summary>The schema of a record type.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = SchemaFactory.Kept)]
    public static TypeSchema Of(Type type) => Known.GetOrAdd(type, static t =>
        (TypeSchema)SchemaFactory.Over(typeof(TypeSchema<>), t).GetProperty(nameof(TypeSchema<ObjectMeta>.Instance))!.GetValue(null)!);

    /// <summary>The field with this JSON name.</summary>
    public bool TryFind(string name, [NotNullWhen(true)] out FieldSchema? field)
    {
        field = null;
        foreach (var candidate in Fields)
        {
            if (candidate.Name != name) continue;
            field = candidate;
            return true;
        }
        return false;
    }

    /// <summary>Whether two objects of this type hold the same values, lists and maps included.</summary>
    public bool Same(object left, object right)
    {
        if (ReferenceEquals(left, right)) return true;
        foreach (var field in Fields)
        {
            if (!field.Same(left, right)) return false;
        }
        return true;
    }

    /// <summary>The object with all declared defaults set, itself when nothing was missing.</summary>
    public object WithDefaults(object value)
    {
        object? changed = null;
        foreach (var field in Fields)
        {
            if (!field.TryDefault(value, out var replacement)) continue;
            changed ??= Clone(value);
            field.Set(changed, replacement);
        }
        return changed ?? value;
    }

    internal abstract object Create();

    /// <summary>A shallow copy, which the caller may change before anybody else sees it.</summary>
    internal abstract object Clone(object value);

    internal abstract void WriteJson(Utf8JsonWriter writer, object value);
    internal abstract object ReadJson(ref Utf8JsonReader reader, DecodeContext context);
    internal abstract void WriteProto(ReverseProtoWriter writer, object value);
    internal abstract object ReadProto(ref ProtoReader reader, object? current);
}

/// <summary>The schema of <typeparamref name="T"/>.</summary>
internal sealed class TypeSchema<T> : TypeSchema where T : class, new()
{
    private static readonly Lazy<TypeSchema<T>> Lazily = new(() => new TypeSchema<T>());

    private readonly FieldSchema[] _fields;
    private readonly Func<T, T> _clone;
    private readonly ProtoLayout _proto;

    [UnconditionalSuppressMessage("Trimming", "IL2090", Justification = SchemaFactory.Kept)]
    private TypeSchema() : base(typeof(T))
    {
        _fields = SchemaFactory.FieldsOf<T>();
        Invariant.Check(_fields.Length <= 64, $"{typeof(T).Name} has {_fields.Length} fields: the set of those seen is one word");
        _proto = ProtoLayout.Of(_fields);
        _clone = typeof(T).GetMethod("<Clone>$", BindingFlags.Instance | BindingFlags.Public)!.CreateDelegate<Func<T, T>>();
    }

    public static TypeSchema<T> Instance => Lazily.Value;

    public override IReadOnlyList<FieldSchema> Fields => _fields;

    internal override object Create() => new T();

    internal override object Clone(object value) => _clone((T)value);

    internal override void WriteJson(Utf8JsonWriter writer, object value)
    {
        writer.WriteStartObject();
        foreach (var field in _fields) field.WriteJson(writer, value);
        writer.WriteEndObject();
    }

    internal override object ReadJson(ref Utf8JsonReader reader, DecodeContext context)
    {
        var outer = context.StructName;
        context.StructName = Name;
        if (reader.TokenType != JsonTokenType.StartObject) throw WrongType(ref reader, context, outer);
        var value = new T();
        var seen = 0UL;
        var expected = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var at = Find(ref reader, expected);
            if (at < 0)
            {
                context.Unknown(ref reader);
                reader.Read();
                reader.Skip();
                continue;
            }
            if ((seen & (1UL << at)) != 0) context.Duplicate(_fields[at].Name);
            seen |= 1UL << at;
            expected = at + 1;
            reader.Read();
            _fields[at].ReadJson(ref reader, value, context);
        }
        context.StructName = outer;
        return value;
    }

    internal override void WriteProto(ReverseProtoWriter writer, object value) => _proto.Write(writer, value);

    internal override object ReadProto(ref ProtoReader reader, object? current)
    {
        var value = current is null ? new T() : _clone((T)current);
        _proto.Read(ref reader, value);
        return value;
    }

    private DecodeException WrongType(ref Utf8JsonReader reader, DecodeContext context, string outer)
    {
        if (outer.Length > 0) context.StructName = outer;
        return context.WrongType(reader.TokenType, "v1." + Name);
    }

    // Bodies mostly hold their fields in order, so the search begins behind the field found last.
    private int Find(ref Utf8JsonReader reader, int from)
    {
        for (var i = 0; i < _fields.Length; i++)
        {
            var at = from + i;
            if (at >= _fields.Length) at -= _fields.Length;
            if (reader.ValueTextEquals(_fields[at].EncodedName.EncodedUtf8Bytes)) return at;
        }
        return -1;
    }
}
