namespace Hive.Api.Http;

/// <summary>How bytes are written.</summary>
public enum WireFormat : byte { Json, Yaml, Protobuf }

/// <summary>As what an object is shown.</summary>
public enum ObjectShape : byte { Full, Table, PartialMetadata }

/// <summary>One alternative of an Accept header, already understood.</summary>
/// <param name="Beta">The v1beta1 form of a table or of partial metadata was asked for.</param>
public readonly record struct MediaChoice(WireFormat Format, ObjectShape Shape = ObjectShape.Full, bool Beta = false)
{
    public string ContentType => Format switch
    {
        WireFormat.Yaml => MediaTypes.Yaml,
        WireFormat.Protobuf => MediaTypes.Protobuf,
        _ => MediaTypes.Json,
    };

    public string MetaVersion => Beta ? "meta.k8s.io/v1beta1" : "meta.k8s.io/v1";
}

/// <summary>Media types of the face, and the choice among what a client accepts.</summary>
public static class MediaTypes
{
    public const string Json = "application/json";
    public const string Yaml = "application/yaml";
    public const string Protobuf = "application/vnd.kubernetes.protobuf";
    public const string ProtobufWatch = "application/vnd.kubernetes.protobuf;stream=watch";
    public const string JsonPatch = "application/json-patch+json";
    public const string MergePatch = "application/merge-patch+json";
    public const string StrategicPatch = "application/strategic-merge-patch+json";
    public const string ApplyPatch = "application/apply-patch+yaml";
    public const string AggregatedV2 = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    public const string AggregatedV2Beta1 = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";

    /// <summary>The bare type of a Content-Type or of one Accept alternative, lower case.</summary>
    public static string Bare(string value)
    {
        int end = value.IndexOf(';', StringComparison.Ordinal);
        return (end < 0 ? value : value[..end]).Trim().ToLowerInvariant();
    }

    /// <summary>Format of a request body; null when it is none that the face reads. No Content-Type means JSON.</summary>
    public static WireFormat? BodyFormat(string? contentType) => Bare(contentType ?? "") switch
    {
        "" or Json => WireFormat.Json,
        Yaml or "application/x-yaml" or "text/yaml" => WireFormat.Yaml,
        Protobuf => WireFormat.Protobuf,
        _ => null,
    };

    /// <summary>The first alternative that can be served. Alternatives are taken in the order of their quality, then as written.</summary>
    public static Outcome<MediaChoice> Choose(string accept, bool watch)
    {
        if (accept.Length == 0) return new MediaChoice(WireFormat.Json);
        bool knownType = false;
        foreach (string alternative in ByQuality(accept))
        {
            if (FormatOf(Bare(alternative)) is not { } format) continue;
            knownType = true;
            if (watch && format == WireFormat.Yaml) continue;
            if (ShapeOf(alternative) is not { } shape) continue;
            if (shape.Shape == ObjectShape.Table && format == WireFormat.Protobuf) continue;
            return new MediaChoice(format, shape.Shape, shape.Beta);
        }
        if (watch && knownType) return Refusals.NotAcceptableWatch;
        return knownType ? Refusals.NotAcceptableShape : Refusals.NotAcceptable;
    }

    /// <summary>The format for an answer that has no shape but its own: errors never fail for the Accept header.</summary>
    public static WireFormat FormatForErrors(string accept)
    {
        foreach (string alternative in ByQuality(accept))
        {
            if (FormatOf(Bare(alternative)) is { } format) return format;
        }
        return WireFormat.Json;
    }

    /// <summary>Which aggregated discovery form is wanted first, if any: "v2", "v2beta1" or null. Plain JSON named before it wins.</summary>
    public static string? AggregatedDiscovery(string accept)
    {
        foreach (string alternative in ByQuality(accept))
        {
            if (FormatOf(Bare(alternative)) != WireFormat.Json) continue;
            if (Parameter(alternative, "as") == "APIGroupDiscoveryList" && Parameter(alternative, "g") == "apidiscovery.k8s.io")
            {
                if (Parameter(alternative, "v") is "v2" or "v2beta1") return Parameter(alternative, "v");
                continue;
            }
            return null;
        }
        return null;
    }

    private static WireFormat? FormatOf(string bare) => bare switch
    {
        Json or "*/*" or "application/*" => WireFormat.Json,
        Yaml => WireFormat.Yaml,
        Protobuf => WireFormat.Protobuf,
        _ => null,
    };

    private static (ObjectShape Shape, bool Beta)? ShapeOf(string alternative)
    {
        string shape = Parameter(alternative, "as");
        if (shape.Length == 0) return (ObjectShape.Full, false);
        string version = Parameter(alternative, "v");
        if (Parameter(alternative, "g") != "meta.k8s.io" || version is not ("v1" or "v1beta1")) return null;
        return shape switch
        {
            "Table" => (ObjectShape.Table, version == "v1beta1"),
            "PartialObjectMetadata" or "PartialObjectMetadataList" => (ObjectShape.PartialMetadata, version == "v1beta1"),
            _ => null,
        };
    }

    private static string Parameter(string alternative, string name)
    {
        foreach (string part in alternative.Split(';').Skip(1))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && part.AsSpan(0, equals).Trim().Equals(name, StringComparison.OrdinalIgnoreCase)) return part[(equals + 1)..].Trim();
        }
        return "";
    }

    private static IEnumerable<string> ByQuality(string accept) =>
        accept.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .OrderByDescending(Quality);

    private static double Quality(string alternative) =>
        double.TryParse(Parameter(alternative, "q"), System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out double quality)
            ? quality
            : 1;
}
