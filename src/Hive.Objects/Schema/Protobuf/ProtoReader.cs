using System.Text;

namespace Hive.Objects;

/// <summary>Reads protobuf from untrusted bytes: every length is checked, nesting is bounded, unknown fields are skipped.</summary>
internal ref struct ProtoReader
{
    private const int WireVarint = 0;
    private const int Wire64 = 1;
    private const int WireBytes = 2;
    private const int Wire32 = 5;
    private static readonly UTF8Encoding StrictUtf8 = new(false, true);

    private ReadOnlySpan<byte> _rest;
    private readonly int _depth;
    private int _wireType;

    internal ProtoReader(ReadOnlySpan<byte> bytes, int depth = 0)
    {
        _rest = bytes;
        _depth = depth;
    }

    /// <summary>The number of the next field; false at the end of the message.</summary>
    internal bool TryReadTag(out int number)
    {
        number = 0;
        if (_rest.IsEmpty) return false;
        var tag = RawVarint();
        _wireType = (int)(tag & 7);
        if (tag >> 3 is 0 or > int.MaxValue) throw new DecodeException($"proto: illegal tag {tag >> 3} (wire type {_wireType})");
        number = (int)(tag >> 3);
        return true;
    }

    internal ulong ReadVarint()
    {
        Expect(WireVarint);
        return RawVarint();
    }

    internal ReadOnlySpan<byte> ReadBytes()
    {
        Expect(WireBytes);
        var length = RawVarint();
        if (length > (ulong)_rest.Length) throw Truncated();
        return Take((int)length);
    }

    internal string ReadString()
    {
        try
        {
            return StrictUtf8.GetString(ReadBytes());
        }
        catch (DecoderFallbackException)
        {
            throw new DecodeException("proto: a string holds invalid UTF-8");
        }
    }

    internal ProtoReader ReadMessage()
    {
        if (_depth >= ObjectLimits.Depth) throw new DecodeException($"proto: nested more than {ObjectLimits.Depth} deep");
        return new ProtoReader(ReadBytes(), _depth + 1);
    }

    internal void Skip()
    {
        switch (_wireType)
        {
            case WireVarint: RawVarint(); break;
            case Wire64: Take(8); break;
            case WireBytes: ReadBytes(); break;
            case Wire32: Take(4); break;
            default: throw new DecodeException($"proto: illegal wireType {_wireType}");
        }
    }

    private readonly void Expect(int wireType)
    {
        if (_wireType != wireType) throw new DecodeException($"proto: wrong wireType = {_wireType}");
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _rest.Length) throw Truncated();
        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }

    private ulong RawVarint()
    {
        ulong value = 0;
        for (var i = 0; i < 10; i++)
        {
            if (i >= _rest.Length) throw Truncated();
            value |= (ulong)(_rest[i] & 0x7f) << (7 * i);
            if (_rest[i] >= 0x80) continue;
            _rest = _rest[(i + 1)..];
            return value;
        }
        throw new DecodeException("proto: integer overflow");
    }

    private static DecodeException Truncated() => new("unexpected EOF");
}
