using System.Globalization;
using System.Numerics;

namespace Hive.Objects;

/// <summary>The grammar of quantities: a signed decimal number and a suffix. Reading is exact; only the result is rounded and bounded.</summary>
internal static class QuantityParser
{
    // Longer texts carry no meaning (2^63 has 19 digits) and would only cost time.
    private const int LongestText = 256;
    private const int LargestExponent = 64;

    internal static bool TryParse(string text, out Quantity quantity)
    {
        quantity = default;
        if (text.Length is 0 or > LongestText) return false;
        var at = text[0] is '+' or '-' ? 1 : 0;
        var negative = text[0] == '-';
        var whole = at;
        while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
        var digits = text[whole..at];
        var fraction = 0;
        if (at < text.Length && text[at] == '.')
        {
            var from = ++at;
            while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
            digits += text[from..at];
            fraction = at - from;
        }
        if (digits.Length == 0 || !TrySuffix(text.AsSpan(at), out var factor, out var divisor, out var format)) return false;
        var numerator = BigInteger.Parse(digits, CultureInfo.InvariantCulture) * factor * 1_000_000_000;
        var nano = CeilDivide(numerator, BigInteger.Pow(10, fraction) * divisor);
        var limit = (BigInteger)long.MaxValue * 1_000_000_000;
        if (nano > limit) nano = limit;
        quantity = Quantity.FromNano((Int128)(negative ? -nano : nano), format);
        return true;
    }

    private static bool TrySuffix(ReadOnlySpan<char> suffix, out BigInteger factor, out BigInteger divisor, out QuantityFormat format)
    {
        factor = divisor = BigInteger.One;
        format = QuantityFormat.DecimalSi;
        if (suffix.Length >= 2 && suffix[0] is 'e' or 'E' && suffix is not "Ei")
        {
            format = QuantityFormat.DecimalExponent;
            if (!int.TryParse(suffix[1..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent) || Math.Abs(exponent) > LargestExponent) return false;
            if (exponent >= 0) factor = BigInteger.Pow(10, exponent);
            else divisor = BigInteger.Pow(10, -exponent);
            return true;
        }
        if (suffix.Length == 2 && suffix[1] == 'i')
        {
            format = QuantityFormat.BinarySi;
            var power = "KMGTPE".IndexOf(suffix[0]);
            factor = power < 0 ? 0 : BigInteger.Pow(1024, power + 1);
            return power >= 0;
        }
        var decimalPower = suffix switch
        {
            "n" => -3,
            "u" => -2,
            "m" => -1,
            "" => 0,
            "k" => 1,
            "M" => 2,
            "G" => 3,
            "T" => 4,
            "P" => 5,
            "E" => 6,
            _ => int.MaxValue,
        };
        if (decimalPower == int.MaxValue) return false;
        if (decimalPower >= 0) factor = BigInteger.Pow(1000, decimalPower);
        else divisor = BigInteger.Pow(1000, -decimalPower);
        return true;
    }

    // The magnitude is rounded up, away from zero.
    private static BigInteger CeilDivide(BigInteger dividend, BigInteger divisor)
    {
        var quotient = BigInteger.DivRem(dividend, divisor, out var rest);
        return rest.IsZero ? quotient : quotient + 1;
    }
}
