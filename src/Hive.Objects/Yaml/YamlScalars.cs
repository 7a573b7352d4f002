using System.Globalization;
using System.Text.Json.Nodes;

namespace Hive.Objects.Yaml;

/// <summary>
/// What a plain YAML scalar means. The rules are those that Kubernetes manifests were written under (YAML 1.1 with its octal numbers and
/// yes/no), so that <c>defaultMode: 0644</c> is 420 and <c>yes</c> is true.
/// </summary>
public static class YamlScalars
{
    /// <summary>Null stands for the YAML null.</summary>
    public static JsonNode? Resolve(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return null;
            case "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON":
                return JsonValue.Create(true);
            case "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF":
                return JsonValue.Create(false);
        }
        if (!LooksNumeric(text)) return JsonValue.Create(text);
        if (TryInteger(text, out long integer)) return JsonValue.Create(integer);
        if (TryFloat(text, out double number)) return JsonValue.Create(number);
        return JsonValue.Create(text);
    }

    /// <summary>Whether the text, written plainly, would be read back as this very string.</summary>
    public static bool IsPlainString(string text) =>
        text.Length > 0 && Resolve(text) is JsonValue value && value.GetValueKind() == System.Text.Json.JsonValueKind.String
        && text is not ("y" or "Y" or "n" or "N" or "=" or "<<") && !LooksLikeDate(text);

    private static bool LooksLikeDate(string text) =>
        text.Length >= 8 && char.IsAsciiDigit(text[0]) && text.AsSpan(0, Math.Min(text.Length, 8)).Contains('-');

    private static bool LooksNumeric(string text) =>
        char.IsAsciiDigit(text[0]) || (text.Length > 1 && text[0] is '+' or '-' or '.');

    private static bool TryInteger(string text, out long value)
    {
        value = 0;
        string digits = text.Replace("_", "", StringComparison.Ordinal);
        bool negative = digits[0] == '-';
        if (digits[0] is '+' or '-') digits = digits[1..];
        if (digits.Length == 0) return false;
        int radix = 10;
        if (digits.StartsWith("0x", StringComparison.Ordinal)) (radix, digits) = (16, digits[2..]);
        else if (digits.StartsWith("0b", StringComparison.Ordinal)) (radix, digits) = (2, digits[2..]);
        else if (digits.StartsWith("0o", StringComparison.Ordinal)) (radix, digits) = (8, digits[2..]);
        else if (digits.Length > 1 && digits[0] == '0') (radix, digits) = (8, digits[1..]);
        if (digits.Length == 0) return false;
        ulong sum = 0;
        foreach (char digit in digits)
        {
            int worth = char.IsAsciiDigit(digit) ? digit - '0' : char.IsAsciiHexDigit(digit) ? char.ToLowerInvariant(digit) - 'a' + 10 : radix;
            if (worth >= radix || sum > (ulong)long.MaxValue / (uint)radix) return false;
            sum = sum * (uint)radix + (uint)worth;
        }
        if (sum > long.MaxValue) return false;
        value = negative ? -(long)sum : (long)sum;
        return true;
    }

    private static bool TryFloat(string text, out double value) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value)
        && double.IsFinite(value);
}
