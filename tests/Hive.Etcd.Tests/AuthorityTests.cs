using System.Buffers.Binary;
using System.Net.Sockets;

namespace Hive.Etcd.Tests;

/// <summary>On a cleartext port, HTTP/2 by hand: what an old Go client of etcd sends, in pieces as the network may bring it.</summary>
public sealed class AuthorityTests : FaceFixture
{
    [Theory]
    [InlineData("127.0.0.1:2379", 4096)]
    [InlineData("http://127.0.0.1:2379", 4096)]
    [InlineData("http://127.0.0.1:2379", 1)]
    [InlineData("http://127.0.0.1:2379", 7)]
    public async Task An_authority_with_a_scheme_is_served(string authority, int piece)
    {
        using var socket = new TcpClient { NoDelay = true };
        await socket.ConnectAsync(Face.Endpoints[0].Address);
        var stream = socket.GetStream();
        byte[] path = [.. "/etcdserverpb.Maintenance/Status"u8];
        byte[] first =
        [
            0x83, 0x86, 0x44, (byte)path.Length, .. path, 0x41, (byte)authority.Length, .. System.Text.Encoding.ASCII.GetBytes(authority),
            0x40, 12, .. "content-type"u8, 16, .. "application/grpc"u8,
        ];
        // The second call only refers to the table: content type 62, authority 63, path is literal and indexed by the first (64).
        byte[] second = [0x83, 0x86, 0xc0, 0xbf, 0xbe];
        byte[] message = [0, 0, 0, 0, 0];
        byte[] sent =
        [
            .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(4, 0, 0, []), .. Frame(8, 0, 0, [0, 1, 0, 0]), .. Frame(1, 4, 1, first), .. Frame(0, 1, 1, message),
            .. Frame(1, 4, 3, second), .. Frame(0, 1, 3, message),
        ];
        for (var at = 0; at < sent.Length; at += piece) await stream.WriteAsync(sent.AsMemory(at, Math.Min(piece, sent.Length - at)));

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var data = new HashSet<int>();
        while (data.Count < 2)
        {
            var header = new byte[9];
            await stream.ReadExactlyAsync(header, patience.Token);
            var payload = new byte[(header[0] << 16) | (header[1] << 8) | header[2]];
            await stream.ReadExactlyAsync(payload, patience.Token);
            Assert.True(header[3] is not (3 or 7), $"the stream or connection was reset: {Convert.ToHexString(payload)}");
            if (header[3] == 0 && payload.Length > 5) data.Add(BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)));
        }
        Assert.Equal([1, 3], data.Order());
    }

    private static byte[] Frame(byte kind, byte flags, int streamId, byte[] payload) =>
        [(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, kind, flags, 0, 0, 0, (byte)streamId, .. payload];
}
