namespace Hive.Objects;

/// <summary>The JSON nature of a value.</summary>
public enum ShapeKind
{
    String,
    Boolean,
    Int32,
    Int64,
    Double,
    Bytes,
    Time,
    MicroTime,
    Duration,
    Quantity,
    IntOrString,
    Raw,
    Object,
    List,
    Map,
}

/// <summary>What a field holds: a scalar, an object of a schema type, or a list or map of such.</summary>
public sealed class ValueShape
{
    private readonly Func<TypeSchema>? _type;

    internal ValueShape(ShapeKind kind, ValueShape? element = null, Func<TypeSchema>? type = null)
    {
        Kind = kind;
        Element = element;
        _type = type;
    }

    public ShapeKind Kind { get; }

    /// <summary>The shape of the elements of a list or of the values of a map.</summary>
    public ValueShape? Element { get; }

    /// <summary>The schema of an object; null for every other kind.</summary>
    public TypeSchema? Type => _type?.Invoke();

    /// <summary>The name of the type as API clients know it from error messages (<c>[]v1.Container</c>).</summary>
    public string TypeName => Kind switch
    {
        ShapeKind.String => "string",
        ShapeKind.Boolean => "bool",
        ShapeKind.Int32 => "int32",
        ShapeKind.Int64 => "int64",
        ShapeKind.Double => "float64",
        ShapeKind.Bytes => "[]uint8",
        ShapeKind.Time => "v1.Time",
        ShapeKind.MicroTime => "v1.MicroTime",
        ShapeKind.Duration => "v1.Duration",
        ShapeKind.Quantity => "resource.Quantity",
        ShapeKind.IntOrString => "intstr.IntOrString",
        ShapeKind.Raw => "runtime.RawExtension",
        ShapeKind.Object => "v1." + Type!.Name,
        ShapeKind.List => "[]" + Element!.TypeName,
        _ => "map[string]" + Element!.TypeName,
    };
}
