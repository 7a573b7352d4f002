using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Hive.Etcd.Messages;

namespace Hive.Etcd.Tests;

public sealed class TlsTests
{
    private static readonly X509Certificate2 Authority = MakeAuthority("hive test authority");
    private static readonly X509Certificate2 Stranger = MakeAuthority("another authority");

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Both_protocols_are_served_over_tls(string version)
    {
        await using var face = await StartAsync(clientAuthorities: null);
        using var http = Client(certificate: null);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"https://localhost:{face.Endpoints[0].Address.Port}/version"))
        {
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Version.Parse(version), response.Version);
    }

    [Fact]
    public async Task A_client_certificate_is_required_and_must_be_of_the_authority()
    {
        await using var face = await StartAsync([Authority]);
        var address = new Uri($"https://localhost:{face.Endpoints[0].Address.Port}/version");
        using var known = Client(Issue(Authority, "client"));
        Assert.Equal(HttpStatusCode.OK, (await known.GetAsync(address)).StatusCode);
        using var none = Client(certificate: null);
        await Assert.ThrowsAsync<HttpRequestException>(() => none.GetAsync(address));
        using var forged = Client(Issue(Stranger, "client"));
        await Assert.ThrowsAsync<HttpRequestException>(() => forged.GetAsync(address));
        Assert.Equal(HttpStatusCode.OK, (await known.GetAsync(address)).StatusCode);
    }

    [Fact]
    public async Task A_client_whose_certificate_is_not_allowed_is_refused_though_the_authority_has_signed_it()
    {
        await using var face = await StartAsync([Authority], certificate => !certificate.Subject.Contains("drone", StringComparison.Ordinal));
        var address = new Uri($"https://localhost:{face.Endpoints[0].Address.Port}/version");
        using var allowed = Client(Issue(Authority, "client"));
        Assert.Equal(HttpStatusCode.OK, (await allowed.GetAsync(address)).StatusCode);
        using var drone = Client(Issue(Authority, "drone"));
        await Assert.ThrowsAsync<HttpRequestException>(() => drone.GetAsync(address));
    }

    [Fact]
    public async Task Cleartext_beyond_loopback_must_be_allowed_expressly()
    {
        var options = new EtcdFaceOptions { Listen = [new EtcdEndpoint(new IPEndPoint(IPAddress.Any, 0), Tls: false)] };
        await Assert.ThrowsAsync<ArgumentException>(() => EtcdFace.StartAsync(new DirectQueen(), options, CancellationToken.None));
        await using var face = await EtcdFace.StartAsync(new DirectQueen(), options with { AllowCleartextBeyondLoopback = true }, CancellationToken.None);
    }

    [Fact]
    public async Task An_address_in_use_is_said_at_start()
    {
        await using var face = await StartAsync(clientAuthorities: null);
        var options = new EtcdFaceOptions { Listen = [face.Endpoints[0] with { Tls = false }] };
        await Assert.ThrowsAnyAsync<IOException>(() => EtcdFace.StartAsync(new DirectQueen(), options, CancellationToken.None));
    }

    private static async Task<EtcdFace> StartAsync(X509Certificate2Collection? clientAuthorities, Func<X509Certificate2, bool>? isAllowed = null)
    {
        var certificate = Issue(Authority, "localhost");
        var options = new EtcdFaceOptions
        {
            Listen = [new EtcdEndpoint(new IPEndPoint(IPAddress.Loopback, 0), Tls: true)],
            ServerCertificate = () => certificate,
            ClientAuthorities = clientAuthorities,
            ClientIsAllowed = isAllowed,
        };
        return await EtcdFace.StartAsync(new DirectQueen(), options, CancellationToken.None);
    }

    private static HttpClient Client(X509Certificate2? certificate)
    {
        var ssl = new SslClientAuthenticationOptions
        {
            CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck },
        };
        ssl.CertificateChainPolicy.CustomTrustStore.Add(Authority);
        if (certificate is not null) ssl.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        return new HttpClient(new SocketsHttpHandler { SslOptions = ssl });
    }

    private static X509Certificate2 MakeAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        using var signed = request.Create(authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }
}
