using System.Text.Json.Nodes;

namespace Hive.Objects;

/// <summary>What the schema says about a place in a document, as far as ownership is concerned.</summary>
internal readonly record struct Place(ValueShape? Shape, FieldSchema? Field)
{
    internal static Place Root(TypeSchema schema) => new(new ValueShape(ShapeKind.Object, type: () => schema), null);

    /// <summary>Owned as a whole: scalars, atomic maps and lists without a list type.</summary>
    internal bool IsAtomic => Field is { Attribute.Atomic: true } || Shape?.Kind == ShapeKind.Raw || Shape?.Type is { IsAtomic: true };

    internal bool IsKeyedList => Field?.Attribute.ListType == "map";

    internal bool IsSet => Field?.Attribute.ListType == "set";

    /// <summary>The place of a property of an object here.</summary>
    internal Place Property(string name)
    {
        if (Shape?.Kind == ShapeKind.Map) return new Place(Shape.Element, null);
        return Shape?.Type is { } type && type.TryFind(name, out var field) ? new Place(field.Shape, field) : default;
    }

    /// <summary>The place of an element of a list here.</summary>
    internal Place Element() => new(Shape?.Element, null);

    /// <summary>The path element of an item in a keyed list: its keys, with their defaults where they are left out.</summary>
    internal string KeyOf(JsonObject item)
    {
        var keys = new JsonObject();
        foreach (var key in Field!.MapKeys.Order(StringComparer.Ordinal))
        {
            if (item[key] is { } value) keys[key] = value.DeepClone();
            else if (Shape?.Element?.Type is { } type && type.TryFind(key, out var field) && !string.IsNullOrEmpty(field.Attribute.Default)) keys[key] = field.Attribute.Default;
        }
        return "k:" + keys.ToJsonString(Compact);
    }

    internal static string ValueOf(JsonNode? item) => "v:" + (item?.ToJsonString(Compact) ?? "null");

    private static readonly System.Text.Json.JsonSerializerOptions Compact = new() { Encoder = HiveJson.WriterOptions.Encoder };
}

/// <summary>The fields that a document sets.</summary>
internal static class DocumentFields
{
    private static readonly string[] SystemMetadata =
        ["name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "managedFields", "generateName"];

    /// <summary>
    /// The fields of a document that managers can own. Identity and what only the server writes belong to nobody. <paramref name="subResource"/> "" is the object without its status; "status" its status alone.
    /// </summary>
    internal static FieldSet Of(JsonObject document, KindDefinition kind, string subResource) => OfOwned(Owned(document, kind, subResource), kind);

    /// <summary>The fields of a document that already holds nothing but what managers can own.</summary>
    internal static FieldSet OfOwned(JsonObject owned, KindDefinition kind) => OfNode(owned, Place.Root(kind.Schema), root: true);

    /// <summary>A copy of the document without what nobody can own.</summary>
    internal static JsonObject Owned(JsonObject document, KindDefinition kind, string subResource) => Strip((JsonObject)document.DeepClone(), kind, subResource);

    /// <summary>Takes out of the document itself what nobody can own.</summary>
    internal static JsonObject Strip(JsonObject copy, KindDefinition kind, string subResource)
    {
        copy.Remove("kind");
        copy.Remove("apiVersion");
        var hasStatus = kind.FindSubResource("status") is not null;
        if (subResource == "status")
        {
            foreach (var name in copy.Select(pair => pair.Key).Where(name => name != "status").ToArray()) copy.Remove(name);
            return copy;
        }
        if (hasStatus) copy.Remove("status");
        if (copy["metadata"] is not JsonObject metadata) return copy;
        foreach (var name in SystemMetadata) metadata.Remove(name);
        if (metadata.Count == 0) copy.Remove("metadata");
        return copy;
    }

    private static FieldSet OfNode(JsonNode? node, Place place, bool root = false)
    {
        switch (node)
        {
            case JsonObject map when !place.IsAtomic && (map.Count > 0 || root):
                return FieldSet.Node(false, map.Select(pair => KeyValuePair.Create("f:" + pair.Key, OfNode(pair.Value, place.Property(pair.Key)))));
            case JsonArray { Count: > 0 } list when place.IsSet:
                return FieldSet.Node(false, list.Select(item => KeyValuePair.Create(Place.ValueOf(item), FieldSet.Leaf(item))));
            case JsonArray { Count: > 0 } list when place.IsKeyedList:
                return FieldSet.Node(false, list.OfType<JsonObject>().Select(item => KeyValuePair.Create(place.KeyOf(item), Item(item, place.Element()))));
            default:
                return FieldSet.Leaf(node);
        }
    }

    // An item of a keyed list is owned itself, and so are its fields.
    private static FieldSet Item(JsonObject item, Place place) => FieldSet.Node(true, OfNode(item, place, root: true).Children);
}
