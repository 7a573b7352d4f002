using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Hive.Platform.Certificates;

/// <summary>What a certificate is for; decides its extended key usages (RFC 5280 §4.2.1.12).</summary>
[Flags]
public enum CertificateUse { Client = 1, Server = 2 }

/// <summary>Whom a certificate names.</summary>
/// <param name="CommonName">The user or node, e.g. <c>system:node:drone-1</c>.</param>
/// <param name="Organization">The group, e.g. <c>system:nodes</c>; empty for none.</param>
/// <param name="Hosts">DNS names and IP addresses that a server answers for.</param>
public sealed record CertificateSubject(string CommonName, string Organization, IReadOnlyList<string> Hosts)
{
    internal X500DistinguishedName ToDistinguishedName()
    {
        var builder = new X500DistinguishedNameBuilder();
        if (Organization.Length > 0) builder.AddOrganizationName(Organization);
        builder.AddCommonName(CommonName);
        return builder.Build();
    }
}

/// <summary>
/// The cluster's own certificate authority, made at its birth: ECDSA P-256, so that issuing is quick on a small machine. Times are
/// given by the caller.
/// </summary>
public sealed class CertificateAuthority : IDisposable
{
    /// <summary>How long the authority itself is valid: as long as a cluster can be expected to live.</summary>
    public static readonly TimeSpan AuthorityLifetime = TimeSpan.FromDays(3650);

    /// <summary>How long an issued certificate is valid. Renewed while running, well before this.</summary>
    public static readonly TimeSpan LeafLifetime = TimeSpan.FromDays(365);

    /// <summary>Clocks of machines differ: certificates begin a little in the past.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromHours(1);

    private readonly X509Certificate2 _certificate;

    private CertificateAuthority(X509Certificate2 certificate) => _certificate = certificate;

    /// <summary>The authority's certificate without its key: what others trust.</summary>
    public string CertificatePem => _certificate.ExportCertificatePem();

    /// <summary>The authority's private key, PKCS #8. Leaves this process only into a file of mode 0600.</summary>
    public string PrivateKeyPem
    {
        get
        {
            using ECDsa key = _certificate.GetECDsaPrivateKey() ?? throw new InvalidOperationException("the authority has no private key");
            return key.ExportPkcs8PrivateKeyPem();
        }
    }

    /// <summary>Makes a new authority named after the cluster.</summary>
    public static CertificateAuthority Create(string clusterName, DateTimeOffset now)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new CertificateSubject($"{clusterName} authority", "hive", []);
        var request = new CertificateRequest(subject.ToDistinguishedName(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return new CertificateAuthority(request.CreateSelfSigned(now - ClockSkew, now + AuthorityLifetime));
    }

    /// <summary>Takes up an authority from its two PEM texts.</summary>
    /// <exception cref="CryptographicException">The texts are no certificate and key, or do not belong together.</exception>
    public static CertificateAuthority Load(string certificatePem, string privateKeyPem) =>
        new(X509Certificate2.CreateFromPem(certificatePem, privateKeyPem));

    /// <summary>Makes a key and a certificate for it.</summary>
    public IssuedCertificate Issue(CertificateSubject subject, CertificateUse use, DateTimeOffset now)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject.ToDistinguishedName(), key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = Sign(request, subject.Hosts, use, now);
        return new IssuedCertificate(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>
    /// Signs the public key of a signing request (PKCS #10) under a subject that the caller decided on; the request's own subject and
    /// extensions are not taken over, so that nobody can ask for a name that is not theirs.
    /// </summary>
    /// <exception cref="CryptographicException">The text is no signing request, or its signature does not prove possession of the key.</exception>
    public string Sign(string signingRequestPem, CertificateSubject subject, CertificateUse use, DateTimeOffset now)
    {
        var asked = CertificateRequest.LoadSigningRequestPem(signingRequestPem, HashAlgorithmName.SHA256);
        var request = new CertificateRequest(subject.ToDistinguishedName(), asked.PublicKey, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = Sign(request, subject.Hosts, use, now);
        return certificate.ExportCertificatePem();
    }

    /// <summary>The DNS names and addresses that a signing request asks for, for a caller that decides to grant them.</summary>
    /// <exception cref="CryptographicException">The text is no signing request, or its signature does not prove possession of the key.</exception>
    public static IReadOnlyList<string> RequestedHosts(string signingRequestPem)
    {
        var asked = CertificateRequest.LoadSigningRequestPem(signingRequestPem, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
        return
        [
            .. asked.CertificateExtensions.Where(e => e.Oid?.Value == "2.5.29.17")
                .Select(e => new X509SubjectAlternativeNameExtension(e.RawData))
                .SelectMany(names => names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(a => a.ToString()))),
        ];
    }

    public void Dispose() => _certificate.Dispose();

    private X509Certificate2 Sign(CertificateRequest request, IReadOnlyList<string> hosts, CertificateUse use, DateTimeOffset now)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        var purposes = new OidCollection();
        if (use.HasFlag(CertificateUse.Server)) purposes.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        if (use.HasFlag(CertificateUse.Client)) purposes.Add(new Oid("1.3.6.1.5.5.7.3.2"));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(purposes, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, true, false));
        if (hosts.Count > 0) request.CertificateExtensions.Add(AlternativeNames(hosts));
        DateTimeOffset end = now + LeafLifetime;
        if (end > _certificate.NotAfter) end = _certificate.NotAfter;
        return request.Create(_certificate, now - ClockSkew, end, RandomNumberGenerator.GetBytes(16));
    }

    private static X509Extension AlternativeNames(IReadOnlyList<string> hosts)
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (string host in hosts)
        {
            if (IPAddress.TryParse(host, out IPAddress? address)) names.AddIpAddress(address);
            else names.AddDnsName(host);
        }
        return names.Build();
    }
}

/// <summary>A certificate and its private key, both PEM.</summary>
public sealed record IssuedCertificate(string CertificatePem, string PrivateKeyPem)
{
    /// <summary>Ready for TLS.</summary>
    public X509Certificate2 ToCertificate() => X509Certificate2.CreateFromPem(CertificatePem, PrivateKeyPem);
}
