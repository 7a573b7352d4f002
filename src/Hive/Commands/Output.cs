using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hive.Objects.Yaml;

namespace Hive.Commands;

/// <summary>How a command's result is printed.</summary>
public enum OutputForm { Table, Wide, Json, Yaml, Name }

/// <summary>Writes JSON objects in the forms that people and scripts want.</summary>
internal static class Output
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Json(JsonNode node) => node.ToJsonString(Indented);

    /// <summary>Prints in one of the forms for scripts. False, with nothing printed, for a form that is for people.</summary>
    public static bool TryWrite(OutputForm form, JsonNode node)
    {
        if (form == OutputForm.Json) Console.WriteLine(Json(node));
        else if (form == OutputForm.Yaml) Console.Write(YamlWriter.Write(node));
        return form is OutputForm.Json or OutputForm.Yaml;
    }

    /// <summary>Rows in columns, each as wide as its widest cell, three blanks between: as kubectl prints them.</summary>
    public static void Columns(TextWriter output, IReadOnlyList<string> header, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        int[] widths = Widths(header, rows);
        WriteRow(output, header, widths);
        foreach (IReadOnlyList<string> row in rows) WriteRow(output, row, widths);
    }

    public static int[] Widths(IReadOnlyList<string> header, IReadOnlyList<IReadOnlyList<string>> rows) =>
        [.. Enumerable.Range(0, header.Count).Select(i => rows.Select(r => r[i].Length).Append(header[i].Length).Max())];

    public static void WriteRow(TextWriter output, IReadOnlyList<string> row, int[] widths)
    {
        var line = new StringBuilder();
        for (int i = 0; i < row.Count; i++)
        {
            line.Append(row[i]);
            if (i < row.Count - 1) line.Append(' ', Math.Max(0, widths[i] - row[i].Length) + 3);
        }
        output.WriteLine(line.ToString().TrimEnd());
    }
}
