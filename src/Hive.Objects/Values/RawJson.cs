using System.Text;

namespace Hive.Objects;

/// <summary>A piece of JSON kept as it came, in UTF-8. Equality is that of the bytes.</summary>
public readonly struct RawJson(ReadOnlyMemory<byte> utf8) : IEquatable<RawJson>
{
    public ReadOnlyMemory<byte> Utf8 { get; } = utf8;

    public static RawJson FromText(string json) => new(Encoding.UTF8.GetBytes(json));

    public bool IsEmpty => Utf8.IsEmpty;

    public bool Equals(RawJson other) => Utf8.Span.SequenceEqual(other.Utf8.Span);
    public override bool Equals(object? obj) => obj is RawJson other && Equals(other);
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Utf8.Span);
        return hash.ToHashCode();
    }

    public static bool operator ==(RawJson left, RawJson right) => left.Equals(right);
    public static bool operator !=(RawJson left, RawJson right) => !left.Equals(right);
    public override string ToString() => Encoding.UTF8.GetString(Utf8.Span);
}

/// <summary>An immutable byte string with value equality; base64 in JSON.</summary>
public readonly struct Bytes(ReadOnlyMemory<byte> memory) : IEquatable<Bytes>
{
    public ReadOnlyMemory<byte> Memory { get; } = memory;

    public ReadOnlySpan<byte> Span => Memory.Span;

    public bool IsEmpty => Memory.IsEmpty;

    public static Bytes FromText(string text) => new(Encoding.UTF8.GetBytes(text));

    public static implicit operator Bytes(byte[] bytes) => new(bytes);

    public bool Equals(Bytes other) => Span.SequenceEqual(other.Span);
    public override bool Equals(object? obj) => obj is Bytes other && Equals(other);
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Span);
        return hash.ToHashCode();
    }

    public static bool operator ==(Bytes left, Bytes right) => left.Equals(right);
    public static bool operator !=(Bytes left, Bytes right) => !left.Equals(right);

    /// <summary>The bytes read as UTF-8.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Span);
}
