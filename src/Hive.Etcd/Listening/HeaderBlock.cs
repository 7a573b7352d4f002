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
        if (value.Length * 8 < SchemeBits) return null;
        ulong start = 0;
        for (var i = 0; i < (SchemeBits + 7) / 8; i++) start = (start << 8) | value[i];
        if (start >> ((8 - SchemeBits % 8) % 8) != Scheme) return null;

        const int WholeBytes = SchemeBits / 8, Shift = SchemeBits % 8;
        var rest = value[WholeBytes..];
        var shifted = new byte[rest.Length];
        for (var i = 0; i < rest.Length; i++)
        {
            var next = i + 1 < rest.Length ? rest[i + 1] : (byte)0xff;
            shifted[i] = (byte)((rest[i] << Shift) | (next >> (8 - Shift)));
        }
        // No symbol of a host or port ends in eight ones: such a byte is all padding.
        return shifted.Length > 0 && shifted[^1] == 0xff ? shifted[..^1] : shifted;
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
