using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Hive.Api.Authentication;

namespace Hive.Api.Tests.Hosting;

/// <summary>A certificate authority for tests.</summary>
public sealed class TestAuthority : ICertificateSigner
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestAuthority()
    {
        var request = new CertificateRequest("CN=hive-test-ca", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        Certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    public X509Certificate2 Certificate { get; }

    public string AuthorityPem => Certificate.ExportCertificatePem();

    public X509Certificate2 Issue(string commonName, params string[] organizations) => Issue(commonName, DateTimeOffset.UtcNow.AddHours(12), organizations);

    public X509Certificate2 Issue(string commonName, DateTimeOffset until, params string[] organizations)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(Name(commonName, organizations), key, HashAlgorithmName.SHA256);
        X509Certificate2 signed = Sign(request, until);
        return X509CertificateLoader.LoadPkcs12(signed.CopyWithPrivateKey(key).Export(X509ContentType.Pkcs12), null);
    }

    public string? SignNode(string requestPem, string commonName, string organization)
    {
        try
        {
            CertificateRequest asked = CertificateRequest.LoadSigningRequestPem(requestPem, HashAlgorithmName.SHA256);
            return Sign(new CertificateRequest(Name(commonName, [organization]), asked.PublicKey, HashAlgorithmName.SHA256), DateTimeOffset.UtcNow.AddHours(12)).ExportCertificatePem();
        }
        catch (Exception broken) when (broken is CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    private X509Certificate2 Sign(CertificateRequest request, DateTimeOffset until)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2"), new Oid("1.3.6.1.5.5.7.3.1")], false));
        var generator = X509SignatureGenerator.CreateForECDsa(_key);
        return request.Create(Certificate.SubjectName, generator, DateTimeOffset.UtcNow.AddHours(-1), until, RandomNumberGenerator.GetBytes(12));
    }

    private static X500DistinguishedName Name(string commonName, string[] organizations)
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.AddCommonName(commonName);
        foreach (string organization in organizations) builder.AddOrganizationName(organization);
        return builder.Build();
    }
}
