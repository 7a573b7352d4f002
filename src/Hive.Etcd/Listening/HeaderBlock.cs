namespace Hive.Etcd.Listening;

/// <summary>Just enough of HPACK (RFC 7541) to find the authority in a connection's first header block.</summary>
internal static class HeaderBlock
{
    private const int AuthorityIndex = 1;
    private const int LengthPrefixBits = 7;
    private const byte HuffmanFlag = 0x80;

    // "http://" in HPACK's Huffman code: 41 bits.
    private const ulong Scheme = 0b100111_01001_01001_101011_1011100_011000_011000;
    private const int SchemeBits = 6 + 5 + 5 + 6 + 7 + 6 + 6;
    private static readonly byte[] PlainScheme = "http://"u8.ToArray();

    /// <summary>The block with "http://" taken from the front of the authority, or null when there is nothing to take or the block is not understood.</summary>
    public static byte[]? WithoutScheme(ReadOnlySpan<byte> block)
    {
        var at = 0;
        while (at < block.Length)
        {
            var first = block[at];
            if ((first & 0x80) != 0)
            {
                // A field of the table, whole.
                if (!TryInteger(block, ref at, 7, out _)) return null;
                continue;
            }
            if ((first & 0xe0) == 0x20)
            {
                // The table's size.
                if (!TryInteger(block, ref at, 5, out _)) return null;
                continue;
            }
            if (!TryInteger(block, ref at, (first & 0x40) != 0 ? 6 : 4, out var name)) return null;
            if (name == 0 && !TrySkipText(block, ref at)) return null;
            if (name == AuthorityIndex) return Shorten(block, at);
            if (!TrySkipText(block, ref at)) return null;
        }
        return null;
    }

    private static byte[]? Shorten(ReadOnlySpan<byte> block, int valueAt)
    {
        var at = valueAt;
        if (at >= block.Length) return null;
        var isHuffman = (block[at] & HuffmanFlag) != 0;
        if (!TryInteger(block, ref at, LengthPrefixBits, out var length) || block.Length - at < length) return null;
        var value = block.Slice(at, length);
        var shorter = isHuffman ? WithoutHuffmanScheme(value) : value.StartsWith(PlainScheme) ? value[PlainScheme.Length..].ToArray() : null;
        // The length stays in one byte: a longer authority is no host and port.
        if (shorter is null || shorter.Length >= (1 << LengthPrefixBits) - 1) return null;
        return [.. block[..valueAt], (byte)((isHuffman ? HuffmanFlag : 0) | shorter.Length), .. shorter, .. block[(at + length)..]];
    }

    /// <summary>A prefix of whole symbols is taken off by shifting the rest to the front; what becomes free at the end is padding: ones, fewer than eight.</summary>
    private static byte[]? WithoutHuffmanScheme(ReadOnlySpan<byte> value)
    {
        if (Bits(value, 0, SchemeBits) != Scheme || SymbolBits(value) is not { } bits) return null;
        var shorter = new byte[(bits - SchemeBits + 7) / 8];
        for (var i = 0; i < shorter.Length; i++) shorter[i] = (byte)Bits(value, SchemeBits + i * 8, 8);
        return shorter;
    }

    /// <summary>How many bits the symbols take, without the padding. Null: a symbol of more than eight bits, which no host or port has.</summary>
    private static int? SymbolBits(ReadOnlySpan<byte> value)
    {
        var at = 0;
        while (at < value.Length * 8)
        {
            // The code is canonical: a code's length follows from how far its first bits reach.
            if (Bits(value, at, 5) <= 0b01001) at += 5;
            else if (Bits(value, at, 6) <= 0b101101) at += 6;
            else if (Bits(value, at, 7) <= 0b1111011) at += 7;
            else if (value.Length * 8 - at < 8) return at;
            else if (Bits(value, at, 8) <= 0b11111101) at += 8;
            else return null;
        }
        return at <= value.Length * 8 ? at : null;
    }

    /// <summary>Bits from a place on, as if ones without end followed.</summary>
    private static ulong Bits(ReadOnlySpan<byte> value, int at, int count)
    {
        ulong bits = 0;
        for (var i = at; i < at + count; i++) bits = (bits << 1) | (i / 8 < value.Length ? (ulong)(value[i / 8] >> (7 - i % 8)) & 1 : 1);
        return bits;
    }

    private static bool TrySkipText(ReadOnlySpan<byte> block, ref int at)
    {
        if (!TryInteger(block, ref at, LengthPrefixBits, out var length) || block.Length - at < length) return false;
        at += length;
        return true;
    }

    /// <summary>RFC 7541 §5.1. At most three bytes past the prefix: nothing here is longer.</summary>
    private static bool TryInteger(ReadOnlySpan<byte> block, ref int at, int prefixBits, out int value)
    {
        value = 0;
        if (at >= block.Length) return false;
        var most = (1 << prefixBits) - 1;
        value = block[at++] & most;
        if (value < most) return true;
        for (var shift = 0; shift <= 14; shift += 7)
        {
            if (at >= block.Length) return false;
            var next = block[at++];
            value += (next & 0x7f) << shift;
            if ((next & 0x80) == 0) return true;
        }
        return false;
    }
}
