using System.Text.Json.Nodes;

namespace Hive.Objects;

/// <summary>Schema types as OpenAPI schemas. What is referred to is gathered until <see cref="Definitions"/> asks for all of it.</summary>
internal sealed class OpenApiSchemas(OpenApiDialect dialect)
{
    private const string QuantityName = "io.k8s.apimachinery.pkg.api.resource.Quantity";
    private const string IntOrStringName = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
    private readonly SortedDictionary<string, JsonObject> _definitions = new(StringComparer.Ordinal);
    private readonly Queue<TypeSchema> _pending = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    /// <summary>A reference to the type, which becomes part of the definitions.</summary>
    internal JsonObject Reference(TypeSchema schema)
    {
        if (_seen.Add(schema.FullName)) _pending.Enqueue(schema);
        return Reference(schema.FullName);
    }

    /// <summary>All types referred to, and those that they refer to, in order of their names.</summary>
    internal JsonObject Definitions()
    {
        while (_pending.TryDequeue(out var schema)) _definitions[schema.FullName] = Define(schema);
        var result = new JsonObject();
        foreach (var (name, definition) in _definitions) result[name] = definition.DeepClone();
        return result;
    }

    private JsonObject Define(TypeSchema schema)
    {
        var properties = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var field in schema.Fields) properties[field.Name] = Property(field);
        var result = new JsonObject { ["description"] = schema.Description, ["type"] = "object" };
        var required = schema.Fields.Where(field => field.Attribute.Required).Select(field => field.Name).Order(StringComparer.Ordinal).ToArray();
        if (required.Length > 0) result["required"] = Strings(required);
        if (properties.Count > 0)
        {
            var listed = new JsonObject();
            foreach (var (name, property) in properties) listed[name] = property;
            result["properties"] = listed;
        }
        if (schema.IsAtomic) result["x-kubernetes-map-type"] = "atomic";
        if (schema.Create() is TypedDocument { ApiVersion.Length: > 0 } document) result["x-kubernetes-group-version-kind"] = new JsonArray(GroupVersionKind(document.ApiVersion, document.Kind));
        return result;
    }

    /// <summary>The three parts of a kind's name, as extensions carry them.</summary>
    internal static JsonObject GroupVersionKind(string apiVersion, string kind)
    {
        var slash = apiVersion.IndexOf('/');
        return new JsonObject { ["group"] = slash < 0 ? "" : apiVersion[..slash], ["kind"] = kind, ["version"] = apiVersion[(slash + 1)..] };
    }

    private JsonObject Property(FieldSchema field)
    {
        var shape = field.Shape;
        var type = Value(shape);
        var description = field.Attribute.Doc.Length > 0 ? field.Attribute.Doc : shape.Type?.Description ?? shape.Element?.Type?.Description ?? "";
        // Version 3 allows nothing beside a reference, so that it is wrapped when there is something to say.
        var result = dialect == OpenApiDialect.V3 && type.ContainsKey("$ref") && description.Length > 0 ? new JsonObject { ["allOf"] = new JsonArray(type) } : type;
        if (description.Length > 0) result.Insert(0, "description", description);
        if (!string.IsNullOrEmpty(field.Attribute.Default)) result["default"] = Default(shape.Kind, field.Attribute.Default);
        if (field.EnumValues.Count > 0) (shape.Kind == ShapeKind.List ? (JsonObject)result["items"]! : result)["enum"] = Strings(field.EnumValues);
        if (field.Attribute.Patch is { } strategy) result["x-kubernetes-patch-strategy"] = strategy;
        if (field.Attribute.MergeKey is { } mergeKey) result["x-kubernetes-patch-merge-key"] = mergeKey;
        if (field.Attribute.ListType is { } listType) result["x-kubernetes-list-type"] = listType;
        if (field.MapKeys.Count > 0) result["x-kubernetes-list-map-keys"] = Strings(field.MapKeys);
        if (field.Attribute.Atomic) result["x-kubernetes-map-type"] = "atomic";
        return result;
    }

    private JsonObject Value(ValueShape shape) => shape.Kind switch
    {
        ShapeKind.String or ShapeKind.Duration => Scalar("string"),
        ShapeKind.Boolean => Scalar("boolean"),
        ShapeKind.Int32 => Scalar("integer", "int32"),
        ShapeKind.Int64 => Scalar("integer", "int64"),
        ShapeKind.Double => Scalar("number", "double"),
        ShapeKind.Bytes => Scalar("string", "byte"),
        ShapeKind.Time => Named($"{ApiPackage.Meta}.Time", "A date and time in UTC, in seconds (RFC 3339).", Scalar("string", "date-time")),
        ShapeKind.MicroTime => Named($"{ApiPackage.Meta}.MicroTime", "A date and time in UTC, in microseconds (RFC 3339).", Scalar("string", "date-time")),
        ShapeKind.Quantity => Named(QuantityName, "An amount with an optional suffix: 100m, 1.5Gi, 2e3.", dialect == OpenApiDialect.V2 ? Scalar("string") : OneOf("string", "number")),
        ShapeKind.IntOrString => Named(IntOrStringName, "A number or a text.", dialect == OpenApiDialect.V2 ? Scalar("string", "int-or-string") : OneOf("integer", "string", "int-or-string")),
        ShapeKind.Raw => Scalar("object"),
        ShapeKind.Object => Reference(shape.Type!),
        ShapeKind.List => new JsonObject { ["type"] = "array", ["items"] = Value(shape.Element!) },
        _ => new JsonObject { ["type"] = "object", ["additionalProperties"] = Value(shape.Element!) },
    };

    private JsonObject Named(string name, string description, JsonObject definition)
    {
        definition.Insert(0, "description", description);
        _definitions.TryAdd(name, definition);
        return Reference(name);
    }

    private JsonObject Reference(string name) => new() { ["$ref"] = (dialect == OpenApiDialect.V2 ? "#/definitions/" : "#/components/schemas/") + name };

    private static JsonObject Scalar(string type, string? format = null)
    {
        var result = new JsonObject { ["type"] = type };
        if (format is not null) result["format"] = format;
        return result;
    }

    private static JsonObject OneOf(string first, string second, string? format = null)
    {
        var result = new JsonObject { ["oneOf"] = new JsonArray(Scalar(first), Scalar(second)) };
        if (format is not null) result["format"] = format;
        return result;
    }

    private static JsonNode Default(ShapeKind kind, string text) => kind switch
    {
        ShapeKind.Int32 or ShapeKind.Int64 => JsonValue.Create(long.Parse(text, System.Globalization.CultureInfo.InvariantCulture)),
        ShapeKind.Boolean => JsonValue.Create(bool.Parse(text)),
        _ => JsonValue.Create(text),
    };

    internal static JsonArray Strings(IEnumerable<string> values) => new([.. values.Select(value => (JsonNode)JsonValue.Create(value))]);
}
