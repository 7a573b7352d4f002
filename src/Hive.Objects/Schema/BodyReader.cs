namespace Hive.Objects;

/// <summary>How a body is encoded. YAML is turned into JSON before it comes here.</summary>
public enum BodyFormat
{
    Json,
    Protobuf,
}

/// <summary>
/// Reads the body of a request as one type: looks at the kind and version that it names, reads it, and words every refusal as clients of this API
/// know it. A body that names neither kind nor version is taken for the type that the URL asks for.
/// </summary>
public static class BodyReader
{
    public static Decoded<T> Read<T>(ReadOnlyMemory<byte> body, BodyFormat format, bool strict) where T : TypedDocument, new()
    {
        var prototype = new T();
        return Read(TypeSchema<T>.Instance, prototype.ApiVersion, prototype.Kind, body, format, strict).Cast<T>();
    }

    /// <summary>As <see cref="Read{T}"/> for a type known at run time; <paramref name="apiVersion"/> and <paramref name="kind"/> are what is expected.</summary>
    public static Decoded<object> Read(TypeSchema schema, string apiVersion, string kind, ReadOnlyMemory<byte> body, BodyFormat format, bool strict) =>
        format == BodyFormat.Protobuf ? ReadProtobuf(schema, apiVersion, kind, body) : ReadJson(schema, apiVersion, kind, body, strict);

    /// <summary>The refusal under <c>fieldValidation=Strict</c> for a body that was read with problems.</summary>
    public static string StrictError(string apiVersion, string kind, IReadOnlyList<string> problems) =>
        CannotBeHandled(apiVersion, kind, kind, "strict decoding error: " + string.Join(", ", problems));

    private static Decoded<object> ReadJson(TypeSchema schema, string apiVersion, string kind, ReadOnlyMemory<byte> body, bool strict)
    {
        if (!JsonSyntax.TryPeek(body.Span, out var givenVersion, out var givenKind, out var syntax))
        {
            return Decoded<object>.Failed($"the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; json parse error: {syntax} ({JsonSyntax.Excerpt(body.Span)})");
        }
        if (Mismatch(schema, apiVersion, kind, givenVersion, givenKind) is { } mismatch) return Decoded<object>.Failed(mismatch);
        var decoded = HiveJson.Read(schema, body, strict);
        return decoded.Ok ? decoded : Decoded<object>.Failed(CannotBeHandled(apiVersion, kind, kind, decoded.Error));
    }

    private static Decoded<object> ReadProtobuf(TypeSchema schema, string apiVersion, string kind, ReadOnlyMemory<byte> body)
    {
        if (!HiveProtobuf.TryOpen(body, out var envelope, out var error))
        {
            return Decoded<object>.Failed($"the object provided is unrecognized (must be of type {kind}): {error}");
        }
        if (Mismatch(schema, apiVersion, kind, envelope.ApiVersion, envelope.Kind) is { } mismatch) return Decoded<object>.Failed(mismatch);
        var decoded = HiveProtobuf.ReadMessage(schema, envelope.Raw);
        return decoded.Ok ? decoded : Decoded<object>.Failed(CannotBeHandled(apiVersion, kind, kind, decoded.Error));
    }

    private static string? Mismatch(TypeSchema schema, string apiVersion, string kind, string? givenVersion, string? givenKind)
    {
        var otherKind = !string.IsNullOrEmpty(givenKind) && givenKind != kind;
        if (otherKind) return CannotBeHandled(givenVersion ?? apiVersion, givenKind!, kind, $"converting (v1.{givenKind}) to (v1.{kind}): unknown conversion");
        // Options are the same in every group: clients name the group of the resource, of meta, or the core.
        var options = schema.Package == ApiPackage.Meta;
        if (options || string.IsNullOrEmpty(givenVersion) || givenVersion == apiVersion) return null;
        return $"the API version in the data ({givenVersion}) does not match the expected API version ({apiVersion})";
    }

    private static string CannotBeHandled(string apiVersion, string givenKind, string kind, string reason) =>
        $"{givenKind} in version \"{apiVersion[(apiVersion.IndexOf('/') + 1)..]}\" cannot be handled as a {kind}: {reason}";
}
