using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hive.Commands;

/// <summary>Prints a <c>meta.k8s.io/v1 Table</c>.</summary>
internal static class ServerTable
{
    public static bool HasRows(JsonObject table) => table["rows"] is JsonArray { Count: > 0 };

    /// <summary>False when there was nothing to print.</summary>
    public static bool Print(TextWriter output, JsonObject table, bool wide, bool withNamespace, bool withHeader, string? prefix)
    {
        if (!HasRows(table)) return false;
        IReadOnlyList<(int At, string Name)> columns = Columns(table, wide);
        IReadOnlyList<string> header = Header(columns, withNamespace);
        List<IReadOnlyList<string>> rows = [.. Rows(table, columns, withNamespace, prefix)];
        if (withHeader) Output.Columns(output, header, rows);
        else
        {
            int[] widths = Output.Widths(header, rows);
            foreach (IReadOnlyList<string> row in rows) Output.WriteRow(output, row, widths);
        }
        return true;
    }

    /// <summary>Positions and names of the columns to show: priority 0 always, others only when wide.</summary>
    public static IReadOnlyList<(int At, string Name)> Columns(JsonObject table, bool wide)
    {
        var columns = new List<(int, string)>();
        var definitions = table["columnDefinitions"] as JsonArray ?? [];
        for (int i = 0; i < definitions.Count; i++)
        {
            if (wide || ((int?)definitions[i]?["priority"] ?? 0) == 0) columns.Add((i, ((string?)definitions[i]?["name"] ?? "").ToUpperInvariant()));
        }
        return columns;
    }

    public static IReadOnlyList<string> Header(IReadOnlyList<(int At, string Name)> columns, bool withNamespace) =>
        [.. withNamespace ? new[] { "NAMESPACE" } : [], .. columns.Select(c => c.Name)];

    public static IEnumerable<IReadOnlyList<string>> Rows(JsonObject table, IReadOnlyList<(int At, string Name)> columns, bool withNamespace, string? prefix)
    {
        foreach (JsonNode? row in table["rows"] as JsonArray ?? [])
        {
            var cells = row?["cells"] as JsonArray ?? [];
            var line = new List<string>();
            if (withNamespace) line.Add((string?)row?["object"]?["metadata"]?["namespace"] ?? "");
            for (int i = 0; i < columns.Count; i++)
            {
                string cell = columns[i].At < cells.Count ? Text(cells[columns[i].At]) : "";
                line.Add(i == 0 && prefix is not null ? $"{prefix}/{cell}" : cell);
            }
            yield return line;
        }
    }

    private static string Text(JsonNode? cell) => cell switch
    {
        null => "<none>",
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => cell.ToJsonString(),
    };
}
