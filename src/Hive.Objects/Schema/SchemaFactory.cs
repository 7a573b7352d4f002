using System.Reflection;

namespace Hive.Objects;

/// <summary>Builds fields and codecs from the records by reflection, once per type.</summary>
internal static class SchemaFactory
{
    internal static FieldSchema[] FieldsOf(Type type)
    {
        var chain = new Stack<Type>();
        for (var t = type; t is not null && t != typeof(object); t = t.BaseType) chain.Push(t);
        // A text that tells absent from empty starts out as null.
        var fresh = Activator.CreateInstance(type)!;
        var fields = new List<FieldSchema>();
        foreach (var level in chain)
        {
            // Declaration order is the order of writing; metadata tokens follow it.
            foreach (var property in level.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly).OrderBy(p => p.MetadataToken))
            {
                if (property.GetCustomAttribute<FieldAttribute>() is not { } attribute) continue;
                fields.Add(Create(type, property, attribute, property.PropertyType == typeof(string) && property.GetValue(fresh) is null));
            }
        }
        return [.. fields];
    }

    private static FieldSchema Create(Type owner, PropertyInfo property, FieldAttribute attribute, bool nullable)
    {
        var codec = CodecOf(property.PropertyType, nullable, attribute.Wrapped);
        return (FieldSchema)Activator.CreateInstance(typeof(Field<,>).MakeGenericType(owner, property.PropertyType), property, attribute, codec)!;
    }

    private static object CodecOf(Type type, bool nullable, bool wrapped)
    {
        if (type == typeof(string)) return nullable ? StringCodec.Nullable : StringCodec.Instance;
        if (ScalarCodecs.TryGet(type) is { } scalar) return scalar;
        if (System.Nullable.GetUnderlyingType(type) is { } inner) return Make(typeof(NullableCodec<>), [inner], CodecOf(inner, false, false));
        if (type == typeof(StringMap)) return StringMapCodec.Instance;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            var element = type.GetGenericArguments()[0];
            return Make(wrapped ? typeof(WrappedListCodec<>) : typeof(ListCodec<>), [element], CodecOf(element, false, false));
        }
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(OrdinalMap<>))
        {
            var element = type.GetGenericArguments()[0];
            return Make(typeof(MapCodec<>), [element], CodecOf(element, false, wrapped));
        }
        return Make(typeof(ObjectCodec<>), [type]);
    }

    private static object Make(Type open, Type[] arguments, params object[] parameters) => Activator.CreateInstance(open.MakeGenericType(arguments), parameters)!;
}
