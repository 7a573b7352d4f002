using System.Text.Json;

namespace Hive.Api.Verbs;

/// <summary>Texts that JSON's grammar allows but that are no text: half of a surrogate pair, bytes that are no UTF-8. Whoever keeps JSON as a tree must look first.</summary>
public static class JsonTexts
{
    /// <summary>Null: every text in the document can be read. A document that is broken otherwise is left to its reader to describe.</summary>
    public static string? Problem(ReadOnlySpan<byte> json, int depth)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = depth });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName) reader.GetString();
            }
            return null;
        }
        catch (InvalidOperationException)
        {
            return "invalid character in string literal: not UTF-8";
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
