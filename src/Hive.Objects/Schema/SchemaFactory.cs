using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Hive.Objects;

/// <summary>
/// Builds fields and codecs from the records by reflection, once per type. A binary compiled ahead of time keeps all that this assembly declares, so that reflection finds it;
/// and generic types are only put together at run time over classes, whose code they share.
/// </summary>
internal static class SchemaFactory
{
    internal const string Kept = "The assembly is kept whole";

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = Kept)]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = Kept)]
    internal static FieldSchema[] FieldsOf<TOwner>() where TOwner : class, new()
    {
        var chain = new Stack<Type>();
        for (var t = typeof(TOwner); t is not null && t != typeof(object); t = t.BaseType) chain.Push(t);
        // A text that tells absent from empty starts out as null.
        var fresh = new TOwner();
        var fields = new List<FieldSchema>();
        foreach (var level in chain)
        {
            var declared = level.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
                .Select(property => (Property: property, Attribute: property.GetCustomAttribute<FieldAttribute>()))
                .Where(pair => pair.Attribute is not null)
                .OrderBy(pair => pair.Attribute!.Line);
            foreach (var (property, attribute) in declared)
            {
                fields.Add(CodecOf(property.PropertyType, property.PropertyType == typeof(string) && property.GetValue(fresh) is null, attribute!.Wrapped).FieldOf<TOwner>(property, attribute));
            }
        }
        return [.. fields];
    }

    /// <summary>What one type argument more makes of a class.</summary>
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Over classes alone, whose code is shared")]
    [UnconditionalSuppressMessage("Trimming", "IL2055", Justification = Kept)]
    internal static Type Over([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] Type open, Type argument) => open.MakeGenericType(argument);

    [UnconditionalSuppressMessage("Trimming", "IL2072", Justification = Kept)]
    private static ValueCodec CodecOf(Type type, bool nullable, bool wrapped)
    {
        if (type == typeof(string)) return nullable ? StringCodec.OrAbsent : StringCodec.Instance;
        if (ScalarCodecs.TryGet(type) is { } scalar) return scalar;
        if (Nullable.GetUnderlyingType(type) is { } inner) return CodecOf(inner, false, false).Nullable();
        if (type == typeof(StringMap)) return StringMapCodec.Instance;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)) return CodecOf(type.GetGenericArguments()[0], false, false).ListOf(wrapped);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(OrdinalMap<>)) return CodecOf(type.GetGenericArguments()[0], false, wrapped).MapOf();
        return (ValueCodec)Activator.CreateInstance(Over(typeof(ObjectCodec<>), type))!;
    }
}
