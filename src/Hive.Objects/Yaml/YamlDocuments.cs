using System.Text.Json.Nodes;

namespace Hive.Objects.Yaml;

/// <summary>Bounds of one YAML text, so that a small file does not grow into a large document.</summary>
/// <param name="Nodes">Most nodes of all documents together, aliases followed.</param>
/// <param name="Depth">Deepest nesting.</param>
public readonly record struct YamlBounds(int Nodes, int Depth);

/// <summary>Where a text stops being YAML that a manifest may use, and why.</summary>
/// <param name="Line">Counted from 1.</param>
/// <param name="Column">Counted from 1.</param>
public sealed record YamlError(long Line, long Column, string Message);

/// <summary>What was read: the documents in order, or the error that ended the reading.</summary>
/// <param name="Documents">Empty when there is an error; null stands for an empty document.</param>
public sealed record YamlDocuments(IReadOnlyList<JsonNode?> Documents, YamlError? Error);
