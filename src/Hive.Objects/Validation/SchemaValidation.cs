namespace Hive.Objects;

/// <summary>The rules that stand as attributes on the fields: required, smallest and largest number, allowed values. Walks the whole object.</summary>
internal static class SchemaValidation
{
    internal static void Validate(TypeSchema schema, object value, string path, FieldErrors errors)
    {
        foreach (var field in schema.Fields)
        {
            if (field.Attribute.Number == 0 && field.Name is "kind" or "apiVersion") continue;
            var at = path.Length == 0 ? field.Name : $"{path}.{field.Name}";
            // Metadata has rules of its own; a status is what its writer observed, and may be incomplete.
            if (at is "metadata" or "status") continue;
            if (field.IsEmpty(value))
            {
                if (MustBeSet(field)) errors.Required(at);
                continue;
            }
            Check(field, field.Shape, field.Get(value)!, at, errors);
        }
    }

    // A required object, boolean or number is always there; what can be missing is text and lists.
    private static bool MustBeSet(FieldSchema field) =>
        field.Attribute.Required && field.Attribute.Default is null && field.Shape.Kind == ShapeKind.String;

    private static void Check(FieldSchema field, ValueShape shape, object value, string path, FieldErrors errors)
    {
        switch (shape.Kind)
        {
            case ShapeKind.Int32:
                Range(field, (int)value, path, errors);
                break;
            case ShapeKind.Int64:
                Range(field, (long)value, path, errors);
                break;
            case ShapeKind.String when field.EnumValues.Count > 0:
                if (value is string { Length: > 0 } text && !field.EnumValues.Contains(text)) errors.NotSupported(path, text, field.EnumValues);
                break;
            case ShapeKind.Object:
                Validate(shape.Type!, value, path, errors);
                break;
            case ShapeKind.List when shape.Element!.Kind == ShapeKind.Object || field.EnumValues.Count > 0:
                Elements(field, shape.Element, (System.Collections.IEnumerable)value, path, errors);
                break;
        }
    }

    private static void Elements(FieldSchema field, ValueShape element, System.Collections.IEnumerable list, string path, FieldErrors errors)
    {
        var index = 0;
        foreach (var item in list) Check(field, element, item, $"{path}[{index++}]", errors);
    }

    private static void Range(FieldSchema field, long value, string path, FieldErrors errors)
    {
        var (least, most) = (field.Attribute.Minimum, field.Attribute.Maximum);
        if (value >= least && value <= most) return;
        if (most == long.MaxValue) errors.Invalid(path, value, $"must be greater than or equal to {least}");
        else errors.Invalid(path, value, $"must be between {least} and {most}, inclusive");
    }
}
