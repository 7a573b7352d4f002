using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
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
        using X509Certificate2 member = Signed(authority, "CN=queen");
        await using LocalCluster cluster = await LocalCluster.StartAsync(3, tls: Tls(member, authority));
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

    [Fact]
    public async Task Certificate_of_the_authority_that_names_no_member_or_of_another_authority_opens_no_peer_link()
    {
        using ECDsa authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256), otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 authority = Authority(authorityKey), other = Authority(otherKey);
        using X509Certificate2 member = Signed(authority, "CN=queen"), drone = Signed(authority, "CN=drone"), foreign = Signed(other, "CN=queen");
        await using LocalCluster cluster = await LocalCluster.StartAsync(1, tls: Tls(member, authority));
        Assert.True(await IsHeardAsync(cluster, member));
        Assert.False(await IsHeardAsync(cluster, drone));
        Assert.False(await IsHeardAsync(cluster, foreign));
    }

    /// <summary>Whether a first frame is read that comes under a certificate. It is a bad one, which the member says of it then.</summary>
    private static async Task<bool> IsHeardAsync(LocalCluster cluster, X509Certificate2 shown)
    {
        int Heard() => cluster.Lines.Count(l => l.Contains("did not name itself first"));
        int Refused() => cluster.Lines.Count(l => l.Contains("peer port: connection from"));
        (int heard, int refused) = (Heard(), Refused());
        using var client = new TcpClient();
        await client.ConnectAsync(cluster.EndPointOf(0));
        await using var secure = new SslStream(client.GetStream(), false, (_, _, _, _) => true);
        try
        {
            await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "queen", ClientCertificates = [shown] });
            await secure.WriteAsync(Frame(3, [1, 2, 3]));
        }
        catch (Exception refusal) when (refusal is IOException or AuthenticationException)
        {
            // In TLS 1.3 a client may learn of the refusal at the first write, or not at all.
        }
        await cluster.Eventually(() => Heard() > heard || Refused() > refused, "an answer to the first frame or a refusal of the certificate");
        return Heard() > heard;
    }

    private static PeerTls Tls(X509Certificate2 member, X509Certificate2 authority) =>
        new(() => member, () => [authority], certificate => certificate.Subject == member.Subject);

    private static X509Certificate2 Signed(X509Certificate2 authority, string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        using X509Certificate2 signed = request.Create(authority, authority.NotBefore, authority.NotAfter, RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }
}
