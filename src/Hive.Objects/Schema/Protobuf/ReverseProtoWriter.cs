using System.Text;

namespace Hive.Objects;

/// <summary>
/// Writes protobuf from the last byte to the first, so that the length of a nested message is known when its header is due: fields are
/// written in falling order, lists from the end.
/// </summary>
internal sealed class ReverseProtoWriter
{
    private const int FirstSize = 1024;
    private const int WireVarint = 0;
    private const int WireBytes = 2;

    private byte[] _buffer = new byte[FirstSize];
    private int _start = FirstSize;

    /// <summary>Bytes written so far; a mark for <see cref="CloseMessage"/>.</summary>
    internal int Position => _buffer.Length - _start;

    internal ReadOnlySpan<byte> Written => _buffer.AsSpan(_start);

    internal void WriteVarint(int number, ulong value)
    {
        PutVarint(value);
        PutTag(number, WireVarint);
    }

    internal void WriteString(int number, string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        Encoding.UTF8.GetBytes(value, Reserve(length));
        PutVarint((ulong)length);
        PutTag(number, WireBytes);
    }

    internal void WriteBytes(int number, ReadOnlySpan<byte> value)
    {
        value.CopyTo(Reserve(value.Length));
        PutVarint((ulong)value.Length);
        PutTag(number, WireBytes);
    }

    /// <summary>Puts tag and length in front of all that was written since <paramref name="mark"/>.</summary>
    internal void CloseMessage(int number, int mark)
    {
        PutVarint((ulong)(Position - mark));
        PutTag(number, WireBytes);
    }

    internal void WriteRaw(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(bytes.Length));

    private void PutTag(int number, int wireType) => PutVarint((ulong)number << 3 | (uint)wireType);

    private void PutVarint(ulong value)
    {
        Span<byte> bytes = stackalloc byte[10];
        var length = 0;
        while (value >= 0x80)
        {
            bytes[length++] = (byte)(value | 0x80);
            value >>= 7;
        }
        bytes[length++] = (byte)value;
        bytes[..length].CopyTo(Reserve(length));
    }

    private Span<byte> Reserve(int length)
    {
        if (_start < length) Grow(length);
        _start -= length;
        return _buffer.AsSpan(_start, length);
    }

    private void Grow(int length)
    {
        var larger = new byte[checked(Math.Max(_buffer.Length * 2, Position + length))];
        Written.CopyTo(larger.AsSpan(larger.Length - Position));
        _start = larger.Length - Position;
        _buffer = larger;
    }
}
