using System.Globalization;
using System.Text.Json;

namespace Hive.Objects;

/// <summary>The cells of one row, from left to right. There must be as many as the kind has columns.</summary>
public sealed class TableCells
{
    private readonly List<RawJson> _cells = [];

    /// <summary>What the row says beside its cells; only finished pods use it.</summary>
    public TableRowCondition? Condition { get; set; }

    public IReadOnlyList<RawJson> Cells => _cells;

    public TableCells Text(string text)
    {
        _cells.Add(RawJson.FromText($"\"{JsonEncodedText.Encode(text, HiveJson.WriterOptions.Encoder)}\""));
        return this;
    }

    /// <summary>The text, or <paramref name="instead"/> when it is empty.</summary>
    public TableCells TextOr(string? text, string instead) => Text(string.IsNullOrEmpty(text) ? instead : text);

    public TableCells Number(long number)
    {
        _cells.Add(RawJson.FromText(number.ToString(CultureInfo.InvariantCulture)));
        return this;
    }

    public TableCells Boolean(bool value)
    {
        _cells.Add(RawJson.FromText(value ? "true" : "false"));
        return this;
    }

    /// <summary>The first <paramref name="limit"/> items joined by commas, and how many more there are.</summary>
    public static string Limited(IReadOnlyList<string> items, int limit)
    {
        var shown = string.Join(",", items.Take(limit));
        return items.Count > limit ? string.Create(CultureInfo.InvariantCulture, $"{shown} + {items.Count - limit} more...") : shown;
    }
}
