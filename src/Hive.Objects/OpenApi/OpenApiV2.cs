using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Hive.Objects;

/// <summary>The OpenAPI 2.0 document of all kinds, in JSON and in the protobuf form that kubectl asks for. Both are built at first use and kept.</summary>
public sealed class OpenApiV2(KindCatalog catalog, string version)
{
    /// <summary>What clients ask for in Accept.</summary>
    public const string ProtobufAccept = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

    /// <summary>What the answer is called: a media type may not hold an '@', and newer clients refuse one.</summary>
    public const string ProtobufContentType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    private readonly Lazy<JsonObject> _document = new(() => Build(catalog, version));
    private byte[]? _json;
    private byte[]? _protobuf;

    /// <summary>The document as JSON.</summary>
    public ReadOnlyMemory<byte> Json => _json ??= HiveJson.WriteNode(_document.Value);

    /// <summary>The document in protobuf.</summary>
    public ReadOnlyMemory<byte> Protobuf => _protobuf ??= GnosticWriter.Write(_document.Value);

    /// <summary>A text that changes when the document does: 128 hexadecimal digits, for an ETag.</summary>
    public string Hash => Convert.ToHexString(SHA512.HashData(Json.Span));

    private static JsonObject Build(KindCatalog catalog, string version)
    {
        var schemas = new OpenApiSchemas(OpenApiDialect.V2);
        var writer = new OpenApiPaths(OpenApiDialect.V2, schemas);
        var paths = new JsonObject();
        foreach (var kind in catalog.All) writer.Add(paths, kind);
        return new JsonObject
        {
            ["swagger"] = "2.0",
            ["info"] = new JsonObject { ["title"] = "Hive", ["version"] = version },
            ["paths"] = paths,
            ["definitions"] = schemas.Definitions(),
        };
    }
}
