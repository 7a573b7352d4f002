using System.Buffers;

namespace Hive.Raft;

/// <summary>Writes the primitives of <see cref="RaftCodec"/>: bytes, LEB128 numbers, length-prefixed bytes.</summary>
internal readonly ref struct ByteWriter(IBufferWriter<byte> to)
{
    public void Byte(byte value)
    {
        to.GetSpan(1)[0] = value;
        to.Advance(1);
    }

    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Number(ulong value)
    {
        var span = to.GetSpan(10);
        int length = 0;
        while (value >= 0x80)
        {
            span[length++] = (byte)(value | 0x80);
            value >>= 7;
        }
        span[length++] = (byte)value;
        to.Advance(length);
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Number((ulong)value.Length);
        to.Write(value);
    }

    public void Stamp(Stamp stamp)
    {
        Number(checked((ulong)stamp.Log.Ticks));
        Number(checked((ulong)stamp.Wall.Ticks));
    }
}
