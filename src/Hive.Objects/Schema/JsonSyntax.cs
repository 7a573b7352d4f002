using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Hive.Objects;

/// <summary>Words for malformed JSON, and the first look into a body: which kind does it claim to be?</summary>
internal static class JsonSyntax
{
    private const int ShownBytes = 100;

    internal static string Describe(JsonException error, ReadOnlySpan<byte> utf8)
    {
        var at = Offset(utf8, error);
        if (utf8[at..].Trim(" \t\r\n"u8).IsEmpty) return "unexpected end of JSON input";
        var text = Encoding.UTF8.GetString(utf8[at..Math.Min(at + 4, utf8.Length)]);
        var shown = text.Length > 0 && char.IsSurrogate(text[0]) && text.Length > 1 ? text[..2] : text[..1];
        return string.Create(CultureInfo.InvariantCulture, $"invalid character '{shown}' at offset {at}: {error.Message.Split(". LineNumber")[0]}");
    }

    /// <summary>The beginning of a body for an error message.</summary>
    internal static string Excerpt(ReadOnlySpan<byte> utf8) => utf8.IsEmpty ? "<empty>" : Encoding.UTF8.GetString(utf8[..Math.Min(ShownBytes, utf8.Length)]);

    /// <summary>Reads <c>apiVersion</c> and <c>kind</c>; null where absent. False with the reason when the body is no JSON object.</summary>
    internal static bool TryPeek(ReadOnlySpan<byte> utf8, out string? apiVersion, out string? kind, out string error)
    {
        apiVersion = kind = null;
        error = "";
        try
        {
            var reader = new Utf8JsonReader(utf8, HiveJson.ReaderOptions);
            if (!reader.Read())
            {
                error = "unexpected end of JSON input";
                return false;
            }
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                error = "json: cannot unmarshal a value that is no object";
                return false;
            }
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isVersion = reader.ValueTextEquals("apiVersion"u8);
                var isKind = reader.ValueTextEquals("kind"u8);
                reader.Read();
                if (reader.TokenType == JsonTokenType.String && isVersion) apiVersion = reader.GetString();
                else if (reader.TokenType == JsonTokenType.String && isKind) kind = reader.GetString();
                else reader.Skip();
            }
            reader.Read();
            return true;
        }
        catch (JsonException exception)
        {
            error = Describe(exception, utf8);
            return false;
        }
        catch (InvalidOperationException)
        {
            error = "invalid character in string literal: not UTF-8";
            return false;
        }
    }

    private static int Offset(ReadOnlySpan<byte> utf8, JsonException error)
    {
        var line = error.LineNumber ?? 0;
        var start = 0;
        for (; line > 0; line--)
        {
            var next = utf8[start..].IndexOf((byte)'\n');
            if (next < 0) break;
            start += next + 1;
        }
        return (int)Math.Min(start + (error.BytePositionInLine ?? 0), utf8.Length);
    }
}
