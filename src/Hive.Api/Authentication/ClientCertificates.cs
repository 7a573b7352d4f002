using System.Security.Cryptography.X509Certificates;

namespace Hive.Api.Authentication;

/// <summary>
/// Verifies client certificates against the cluster's authorities: the common name is the user, organizations are the groups. A verdict is kept for
/// as long as the certificate is valid, so that a busy connection pays for the chain once.
/// </summary>
public sealed class ClientCertificates(X509Certificate2Collection authorities, ApiLimits limits, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Caller> _verified = new(StringComparer.Ordinal);

    /// <summary>Null: not signed by a known authority, outside its time, or not meant for clients.</summary>
    public Caller? Authenticate(X509Certificate2 certificate)
    {
        DateTime now = time.GetUtcNow().UtcDateTime;
        if (now < certificate.NotBefore.ToUniversalTime() || now > certificate.NotAfter.ToUniversalTime()) return null;
        string print = certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256);
        lock (_gate)
        {
            if (_verified.TryGetValue(print, out Caller? known)) return known;
        }
        if (!IsTrusted(certificate, now) || Read(certificate) is not { } user) return null;
        lock (_gate)
        {
            if (_verified.Count >= limits.VerifiedCertificates) _verified.Clear();
            _verified[print] = user;
        }
        return user;
    }

    private bool IsTrusted(X509Certificate2 certificate, DateTime now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = now;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.2"));
        return chain.Build(certificate);
    }

    private static Caller? Read(X509Certificate2 certificate)
    {
        CertificateNames names = CertificateNames.Of(certificate);
        return names.CommonName.Length == 0 ? null : new Caller(names.CommonName, [.. names.Organizations, Caller.Authenticated]);
    }
}
