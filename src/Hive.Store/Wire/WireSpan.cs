namespace Hive.Store.Wire;

/// <summary>Writes the same forms as <see cref="WireWriter"/> into room that is known to suffice.</summary>
internal ref struct WireSpan(Span<byte> room)
{
    public const int MaxVarint = 10;

    private readonly Span<byte> _room = room;

    public int Written { get; private set; }

    public void Byte(byte value) => _room[Written++] = value;

    public void Unsigned(ulong value)
    {
        var at = Written;
        while (value >= 0x80)
        {
            _room[at++] = (byte)(value | 0x80);
            value >>= 7;
        }
        _room[at++] = (byte)value;
        Written = at;
    }

    public void Signed(long value) => Unsigned((ulong)(value << 1) ^ (ulong)(value >> 63));

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Unsigned((ulong)value.Length);
        value.CopyTo(_room[Written..]);
        Written += value.Length;
    }
}
