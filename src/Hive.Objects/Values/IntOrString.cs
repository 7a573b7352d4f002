using System.Globalization;

namespace Hive.Objects;

/// <summary>A number or a text: a port by number or name, an amount or a percentage. The default value is the number 0.</summary>
public readonly record struct IntOrString
{
    private readonly string? _text;

    public IntOrString(int value) => Int = value;

    public IntOrString(string text) => _text = text;

    /// <summary>The number; 0 when this is a text.</summary>
    public int Int { get; }

    /// <summary>The text; null when this is a number.</summary>
    public string? Text => _text;

    public bool IsText => _text is not null;

    public static implicit operator IntOrString(int value) => new(value);

    public static implicit operator IntOrString(string text) => new(text);

    /// <summary>
    /// The number, or the percentage of <paramref name="total"/> rounded up or down. False for a text that is no percentage.
    /// </summary>
    public bool TryScale(int total, bool roundUp, out int scaled)
    {
        scaled = Int;
        if (_text is null) return true;
        if (!_text.EndsWith('%') || !int.TryParse(_text.AsSpan(0, _text.Length - 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var percent)) return false;
        var product = (long)percent * total;
        scaled = (int)(roundUp ? -(-product).FloorDivide(100) : product.FloorDivide(100));
        return true;
    }

    public override string ToString() => _text ?? Int.ToString(CultureInfo.InvariantCulture);
}

internal static class IntegerDivision
{
    internal static long FloorDivide(this long dividend, long divisor)
    {
        var quotient = dividend / divisor;
        return dividend % divisor != 0 && (dividend < 0) != (divisor < 0) ? quotient - 1 : quotient;
    }
}
