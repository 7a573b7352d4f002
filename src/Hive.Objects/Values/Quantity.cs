using System.Globalization;

namespace Hive.Objects;

/// <summary>How a <see cref="Quantity"/> is written: powers of 1000 (<c>m, k, M</c>), powers of 1024 (<c>Ki, Mi</c>) or an exponent (<c>e3</c>).</summary>
public enum QuantityFormat : byte
{
    DecimalSi,
    BinarySi,
    DecimalExponent,
}

/// <summary>
/// An amount of a resource (<c>100m</c>, <c>1.5Gi</c>, <c>2e3</c>), exact to 10⁻⁹. Arithmetic is that of integers. Written in canonical form: no fraction and the
/// largest suffix that fits, so <c>0.5</c> reads back as <c>500m</c> and <c>1024Ki</c> as <c>1Mi</c>. Equality is that of the amount.
/// </summary>
public readonly struct Quantity : IEquatable<Quantity>, IComparable<Quantity>
{
    private const long NanoPerUnit = 1_000_000_000;
    private const long NanoPerMilli = 1_000_000;
    private static readonly Int128 MaximumNano = (Int128)long.MaxValue * NanoPerUnit;
    private static readonly string[] DecimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
    private static readonly string[] BinarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

    private readonly Int128 _nano;

    private Quantity(Int128 nano, QuantityFormat format)
    {
        _nano = Int128.Clamp(nano, -MaximumNano, MaximumNano);
        Format = format;
    }

    public static Quantity Zero => default;

    public QuantityFormat Format { get; }

    public bool IsZero => _nano == 0;

    /// <summary>-1, 0 or 1.</summary>
    public int Sign => Int128.Sign(_nano);

    /// <summary>The amount rounded up to whole units: bytes of memory, pods, whole processors.</summary>
    public long Value => (long)CeilDivide(_nano, NanoPerUnit);

    /// <summary>The amount rounded up to thousandths: the unit of processor time. Saturates at <see cref="long.MaxValue"/>.</summary>
    public long MilliValue => (long)Int128.Clamp(CeilDivide(_nano, NanoPerMilli), long.MinValue, long.MaxValue);

    public static Quantity FromValue(long value, QuantityFormat format = QuantityFormat.DecimalSi) => new((Int128)value * NanoPerUnit, format);

    public static Quantity FromMilli(long milli) => new((Int128)milli * NanoPerMilli, QuantityFormat.DecimalSi);

    /// <summary>An amount of bytes, written with binary suffixes.</summary>
    public static Quantity FromBytes(long bytes) => FromValue(bytes, QuantityFormat.BinarySi);

    /// <summary>For text that is known to be good.</summary>
    /// <exception cref="FormatException">The text is no quantity.</exception>
    public static Quantity Parse(string text) => TryParse(text, out var quantity) ? quantity : throw new FormatException($"\"{text}\" is no quantity");

    /// <summary>Reads <c>[+-]digits[.digits][suffix]</c>. What is finer than 10⁻⁹ is rounded up, what is beyond 2⁶³-1 is cut to it.</summary>
    public static bool TryParse(string text, out Quantity quantity) => QuantityParser.TryParse(text, out quantity);

    internal static Quantity FromNano(Int128 nano, QuantityFormat format) => new(nano, format);

    public static Quantity operator +(Quantity left, Quantity right) => new(left._nano + right._nano, left.IsZero ? right.Format : left.Format);
    public static Quantity operator -(Quantity left, Quantity right) => new(left._nano - right._nano, left.IsZero ? right.Format : left.Format);
    public static bool operator ==(Quantity left, Quantity right) => left._nano == right._nano;
    public static bool operator !=(Quantity left, Quantity right) => left._nano != right._nano;
    public static bool operator <(Quantity left, Quantity right) => left._nano < right._nano;
    public static bool operator >(Quantity left, Quantity right) => left._nano > right._nano;
    public static bool operator <=(Quantity left, Quantity right) => left._nano <= right._nano;
    public static bool operator >=(Quantity left, Quantity right) => left._nano >= right._nano;

    public bool Equals(Quantity other) => _nano == other._nano;
    public override bool Equals(object? obj) => obj is Quantity other && Equals(other);
    public override int GetHashCode() => _nano.GetHashCode();
    public int CompareTo(Quantity other) => _nano.CompareTo(other._nano);

    /// <summary>The canonical text.</summary>
    public override string ToString()
    {
        if (_nano == 0) return "0";
        var magnitude = Int128.Abs(_nano);
        // Below 1024, or with a fraction, powers of two have no exact suffix.
        if (Format == QuantityFormat.BinarySi && magnitude >= (Int128)1024 * NanoPerUnit && magnitude % NanoPerUnit == 0) return Binary(_nano / NanoPerUnit);
        var (number, step) = Reduce(_nano, 1000, DecimalSuffixes.Length - 1);
        if (Format != QuantityFormat.DecimalExponent) return Text(number) + DecimalSuffixes[step];
        var exponent = (step - 3) * 3;
        return exponent == 0 ? Text(number) : $"{Text(number)}e{exponent.ToString(CultureInfo.InvariantCulture)}";
    }

    private static string Binary(Int128 units)
    {
        var (number, step) = Reduce(units, 1024, BinarySuffixes.Length - 1);
        return Text(number) + BinarySuffixes[step];
    }

    private static (Int128 Number, int Step) Reduce(Int128 number, int factor, int most)
    {
        var step = 0;
        while (step < most && number % factor == 0)
        {
            number /= factor;
            step++;
        }
        return (number, step);
    }

    private static string Text(Int128 number) => number.ToString(CultureInfo.InvariantCulture);

    private static Int128 CeilDivide(Int128 dividend, long divisor)
    {
        var quotient = dividend / divisor;
        return dividend % divisor > 0 ? quotient + 1 : quotient;
    }
}
