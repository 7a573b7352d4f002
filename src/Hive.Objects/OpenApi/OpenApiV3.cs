using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Hive.Objects;

/// <summary>One OpenAPI 3.0 document for each group version, and the index that leads to them.</summary>
public sealed class OpenApiV3(KindCatalog catalog, string version)
{
    private readonly ConcurrentDictionary<string, Entry> _documents = new(StringComparer.Ordinal);

    private sealed record Entry(byte[] Json, string Hash);

    /// <summary>Answer to <c>/openapi/v3</c>: where the documents are, with their hashes.</summary>
    public byte[] Index()
    {
        var paths = new JsonObject();
        foreach (var (group, groupVersion) in GroupVersions())
        {
            var path = PathOf(group, groupVersion);
            paths[path] = new JsonObject { ["serverRelativeURL"] = $"/openapi/v3/{path}?hash={Document(group, groupVersion).Hash}" };
        }
        return HiveJson.WriteNode(new JsonObject { ["paths"] = paths });
    }

    /// <summary>The document behind a path of the index (<c>api/v1</c>, <c>apis/apps/v1</c>) and its hash, for an ETag; false when there is none.</summary>
    public bool TryFind(string path, out ReadOnlyMemory<byte> json, out string hash)
    {
        foreach (var (group, groupVersion) in GroupVersions())
        {
            if (PathOf(group, groupVersion) != path) continue;
            var entry = Document(group, groupVersion);
            (json, hash) = (entry.Json, entry.Hash);
            return true;
        }
        (json, hash) = (default, "");
        return false;
    }

    private IEnumerable<(string Group, string Version)> GroupVersions() => catalog.Groups.SelectMany(group => catalog.Versions(group).Select(v => (group, v)));

    private static string PathOf(string group, string groupVersion) => group.Length == 0 ? $"api/{groupVersion}" : $"apis/{group}/{groupVersion}";

    private Entry Document(string group, string groupVersion) => _documents.GetOrAdd(PathOf(group, groupVersion), _ =>
    {
        var schemas = new OpenApiSchemas(OpenApiDialect.V3);
        var writer = new OpenApiPaths(OpenApiDialect.V3, schemas);
        var paths = new JsonObject();
        foreach (var kind in catalog.In(group, groupVersion)) writer.Add(paths, kind);
        var json = HiveJson.WriteNode(new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Hive", ["version"] = version },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = schemas.Definitions() },
        });
        return new Entry(json, Convert.ToHexString(SHA512.HashData(json)));
    });
}
