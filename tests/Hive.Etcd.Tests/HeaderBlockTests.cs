using System.Text;
using Hive.Etcd.Listening;

namespace Hive.Etcd.Tests;

/// <summary>The scheme is taken from the front of an authority, in both of HPACK's codings, and nothing else is touched.</summary>
public sealed class HeaderBlockTests
{
    // :method POST, :scheme http, :path literal "/x", as indexed and literal fields before the authority.
    private static readonly byte[] Before = [0x83, 0x86, 0x44, 0x02, .. "/x"u8];
    private static readonly byte[] After = [0x40, 0x01, (byte)'a', 0x01, (byte)'b'];

    // "www.example.com" in Huffman's code (RFC 7541 C.4.1): 7+7+7+6 + 5+7+5+6+6+6+5+6 + 5+5+6 bits, and 7 of padding.
    private static readonly byte[] Host = Convert.FromHexString("f1e3c2e5f23a6ba0ab90f4ff");
    private const string SchemeBits = "100111" + "01001" + "01001" + "101011" + "1011100" + "011000" + "011000";

    [Fact]
    public void A_plain_authority_loses_its_scheme()
    {
        byte[] block = [.. Before, 0x41, 21, .. "http://127.0.0.1:2379"u8, .. After];
        Assert.Equal([.. Before, 0x41, 14, .. "127.0.0.1:2379"u8, .. After], HeaderBlock.WithoutScheme(block));
    }

    [Theory]
    [InlineData(89)]
    [InlineData(83)]
    [InlineData(78)]
    [InlineData(73)]
    [InlineData(67)]
    [InlineData(62)]
    [InlineData(56)]
    [InlineData(50)]
    public void A_huffman_coded_authority_loses_its_scheme(int hostBits)
    {
        var host = string.Concat(Host.Select(part => part.ToString("b8")))[..hostBits];
        byte[] coded = Pack(SchemeBits + host), rest = Pack(host);
        byte[] block = [.. Before, 0x41, (byte)(0x80 | coded.Length), .. coded, .. After];
        Assert.Equal([.. Before, 0x41, (byte)(0x80 | rest.Length), .. rest, .. After], HeaderBlock.WithoutScheme(block));
    }

    [Fact]
    public void What_has_no_scheme_or_is_no_header_block_stays()
    {
        Assert.Null(HeaderBlock.WithoutScheme([.. Before, 0x41, 14, .. "127.0.0.1:2379"u8, .. After]));
        Assert.Null(HeaderBlock.WithoutScheme([.. Before, 0x41, (byte)(0x80 | Host.Length), .. Host, .. After]));
        Assert.Null(HeaderBlock.WithoutScheme(Before));
        byte[] block = [.. Before, 0x41, 21, .. "http://127.0.0.1:2379"u8, .. After];
        for (var length = 0; length < Before.Length + 23; length++) Assert.Null(HeaderBlock.WithoutScheme(block.AsSpan(0, length)));
        var random = new Random(1);
        for (var i = 0; i < 10_000; i++)
        {
            var noise = new byte[random.Next(64)];
            random.NextBytes(noise);
            HeaderBlock.WithoutScheme(noise);
        }
    }

    /// <summary>Bits to bytes, padded with fewer than eight ones.</summary>
    private static byte[] Pack(string bits)
    {
        var padded = bits.PadRight((bits.Length + 7) / 8 * 8, '1');
        return [.. padded.Chunk(8).Select(part => Convert.ToByte(new string(part), 2))];
    }
}
