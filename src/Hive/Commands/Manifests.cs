using System.Text.Json.Nodes;
using Hive.Composition;
using Hive.Objects.Yaml;

namespace Hive.Commands;

/// <summary>Manifests as people write them: YAML or JSON, several documents in one text.</summary>
internal static class Manifests
{
    /// <summary>As much as the API server takes in one body.</summary>
    private static readonly YamlBounds Bounds = new(Nodes: 500_000, Depth: 128);

    /// <summary>All documents of a text; empty ones are left out.</summary>
    /// <exception cref="UsageException">The text is no YAML, or a document is no mapping: in which file, and where.</exception>
    public static IEnumerable<JsonObject> Read(string text, string name)
    {
        YamlDocuments read = YamlReader.Read(text, Bounds);
        if (read.Error is { } wrong) throw new UsageException($"{name}: line {wrong.Line}, column {wrong.Column}: {wrong.Message}");
        var documents = new List<JsonObject>();
        for (int i = 0; i < read.Documents.Count; i++)
        {
            if (read.Documents[i] is not { } document) continue;
            documents.Add(document as JsonObject ?? throw new UsageException($"{name}: document {i + 1}: a manifest must be a mapping with apiVersion and kind"));
        }
        return documents;
    }
}
