using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xunit;

namespace Hive.Queen.Tests;

public class PeerPortTests
{
    [Theory]
    [InlineData("garbage", "no known kind")]
    [InlineData("oversize", "more than")]
    [InlineData("checksum", "wrong checksum")]
    [InlineData("truncated", "ends in the middle")]
    [InlineData("not-first", "did not name itself first")]
    [InlineData("cluster", "cluster")]
    public async Task A_bad_frame_ends_its_connection_with_one_line_and_nothing_else(string kind, string expected)
    {
        await using LocalCluster cluster = await LocalCluster.StartAsync(1);
        await cluster.MustPutAsync(0, "before", "x");
        using var client = new TcpClient();
        await client.ConnectAsync(cluster.EndPointOf(0));
        await client.GetStream().WriteAsync(Bytes(kind));
        client.Client.Shutdown(SocketShutdown.Send);
        await cluster.Eventually(() => cluster.Lines.Any(l => l.Contains("closed:") && l.Contains(expected)), expected);
        Assert.Single(cluster.Lines, l => l.Contains("closed:"));
        await cluster.MustPutAsync(0, "after", "x");
    }

    private static byte[] Bytes(string kind)
    {
        byte[] hello = Frame(1, Hello(0xBEE));
        switch (kind)
        {
            case "garbage":
                return [.. "GET / HTTP/1.1\r\nHost: hive\r\n\r\n"u8];
            case "oversize":
                BinaryPrimitives.WriteUInt32LittleEndian(hello, 1u << 30);
                return hello;
            case "checksum":
                hello[^1] ^= 1;
                return hello;
            case "truncated":
                return hello[..^3];
            case "not-first":
                return Frame(3, [1, 2, 3]);
            default:
                return Frame(1, Hello(0xBAD));
        }
    }

    private static byte[] Hello(ulong cluster) => new Peers.PeerHello(new ClusterId(cluster), new MemberId(2), new MemberId(1), Peers.PeerLane.Urgent, "").Encode();

    private static byte[] Frame(byte kind, byte[] payload)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        Peers.PeerFrame.Write(output, (Peers.PeerFrameKind)kind, payload);
        return output.WrittenSpan.ToArray();
    }

    [Fact]
    public async Task Members_with_certificates_of_one_authority_form_a_cluster_and_a_stranger_stays_outside()
    {
        using ECDsa authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 authority = Authority(authorityKey);
        using X509Certificate2 member = Member(authority, authorityKey);
        await using LocalCluster cluster = await LocalCluster.StartAsync(3, tls: new PeerTls(() => member, () => [authority]));
        await cluster.MustPutAsync(0, "k", "v");
        Assert.Equal("v", await cluster.ReadAsync(2, "k"));
        using var stranger = new TcpClient();
        await stranger.ConnectAsync(cluster.EndPointOf(0));
        await stranger.GetStream().WriteAsync(Frame(1, Hello(0xBEE)));
        stranger.Client.Shutdown(SocketShutdown.Send);
        await cluster.Eventually(() => cluster.Lines.Any(l => l.Contains("peer port: connection from")), "a refusal");
        await cluster.MustPutAsync(1, "k2", "v");
    }

    private static X509Certificate2 Authority(ECDsa key)
    {
        var request = new CertificateRequest("CN=test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static X509Certificate2 Member(X509Certificate2 authority, ECDsa authorityKey)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=queen", key, HashAlgorithmName.SHA256);
        using X509Certificate2 signed = request.Create(authority, authority.NotBefore, authority.NotAfter, [1, 2, 3, 4]);
        Assert.NotNull(authorityKey);
        return signed.CopyWithPrivateKey(key);
    }
}
