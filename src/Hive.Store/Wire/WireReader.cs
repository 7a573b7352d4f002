using System.Buffers.Binary;

namespace Hive.Store.Wire;

/// <summary>
/// Reads what <see cref="WireWriter"/> wrote. Never throws on bad input: it remembers that it failed and answers with zeros from then on.
/// Bytes are slices of the input, not copies.
/// </summary>
internal ref struct WireReader(ReadOnlyMemory<byte> input)
{
    private readonly ReadOnlySpan<byte> _span = input.Span;
    private int _at;

    public bool Failed { get; private set; }

    /// <summary>Everything was read and nothing was wrong.</summary>
    public readonly bool IsDone => !Failed && _at == _span.Length;

    public readonly bool IsAtEnd => _at >= _span.Length;

    public byte Byte()
    {
        if (_at < _span.Length) return _span[_at++];
        Failed = true;
        return 0;
    }

    public bool Flag()
    {
        var value = Byte();
        if (value > 1) Failed = true;
        return value == 1;
    }

    public ulong Unsigned()
    {
        // Most numbers are small.
        if (_at < _span.Length && _span[_at] < 0x80) return _span[_at++];
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            if (shift == 63 && next > 1) break;
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
        Failed = true;
        return 0;
    }

    public long Signed()
    {
        var value = Unsigned();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public ulong Fixed64()
    {
        if (_span.Length - _at < 8)
        {
            Failed = true;
            return 0;
        }
        var value = BinaryPrimitives.ReadUInt64LittleEndian(_span[_at..]);
        _at += 8;
        return value;
    }

    public ReadOnlyMemory<byte> Bytes()
    {
        var length = Unsigned();
        if (Failed || length > (ulong)(_span.Length - _at))
        {
            Failed = true;
            return default;
        }
        var slice = input.Slice(_at, (int)length);
        _at += (int)length;
        return slice;
    }

    /// <summary>A count of things that take at least one byte each: more than there are bytes left is malformed, so that no count makes us allocate.</summary>
    public int Count()
    {
        var count = Unsigned();
        if (!Failed && count <= (ulong)(_span.Length - _at)) return (int)count;
        Failed = true;
        return 0;
    }

    /// <summary>Marks the input as malformed.</summary>
    public void Fail() => Failed = true;
}
