using Google.Protobuf;

namespace Hive.Etcd.Services;

/// <summary>Writes fields; zero numbers and empty bytes are left out, as proto3 has it.</summary>
internal ref struct FieldWriter(Span<byte> bytes)
{
    private readonly Span<byte> _bytes = bytes;

    public int Position { get; private set; }

    /// <summary>What a field of bytes, or of a message, takes with its tag (of a number below 16) and length.</summary>
    public static int FieldSize(int length) => 1 + CodedOutputStream.ComputeLengthSize(length) + length;

    /// <summary>What a field of bytes takes, which is nothing when there are none.</summary>
    public static int BytesSize(int length) => length == 0 ? 0 : FieldSize(length);

    public static int NumberSize(long value) => value == 0 ? 0 : 1 + CodedOutputStream.ComputeInt64Size(value);

    public void Length(byte tag, int length)
    {
        _bytes[Position++] = tag;
        Varint((ulong)length);
    }

    public void Bytes(byte tag, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty) return;
        Length(tag, value.Length);
        value.CopyTo(_bytes[Position..]);
        Position += value.Length;
    }

    public void Number(byte tag, long value)
    {
        if (value == 0) return;
        _bytes[Position++] = tag;
        Varint((ulong)value);
    }

    private void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            _bytes[Position++] = (byte)(value | 0x80);
            value >>= 7;
        }
        _bytes[Position++] = (byte)value;
    }
}
