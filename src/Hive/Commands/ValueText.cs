using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hive.Commands;

/// <summary>Keys and values as people read them: text where they are text, else base64 that says so. What is not text is never printed raw.</summary>
internal static class ValueText
{
    /// <summary>A cell of a table is cut here.</summary>
    private const int CellLength = 80;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string Of(byte[] bytes) => TryText(bytes) ?? $"base64:{Convert.ToBase64String(bytes)}";

    /// <summary>On one line, and not too long for a column.</summary>
    public static string Cell(byte[] bytes)
    {
        string text = Of(bytes).ReplaceLineEndings("\\n").Replace("\t", "\\t", StringComparison.Ordinal);
        return text.Length <= CellLength ? text : string.Create(CultureInfo.InvariantCulture, $"{text[..(CellLength - 3)]}... ({bytes.Length} bytes)");
    }

    /// <summary>For JSON: a field under the name when it is text, else under the name with Base64 behind it.</summary>
    public static void Put(JsonObject into, string name, byte[] bytes)
    {
        if (TryText(bytes) is { } text) into[name] = text;
        else into[name + "Base64"] = Convert.ToBase64String(bytes);
    }

    /// <summary>The value as a JSON object or list, or null when it is none.</summary>
    public static JsonNode? Json(byte[] bytes)
    {
        if (bytes.Length == 0 || bytes[0] is not ((byte)'{' or (byte)'[')) return null;
        try
        {
            return JsonNode.Parse(bytes);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? TryText(byte[] bytes)
    {
        try
        {
            string text = Strict.GetString(bytes);
            return text.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t')) ? null : text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
