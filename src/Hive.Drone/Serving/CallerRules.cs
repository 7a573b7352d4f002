using System.Security.Cryptography.X509Certificates;

namespace Hive.Drone.Serving;

/// <summary>Who may ask a drone for more than its health: queens alone, by a certificate of the cluster's authority in organization hive:queens.</summary>
internal sealed class CallerRules(X509Certificate2 authority)
{
    /// <summary>0 when it may, or the HTTP status of the refusal with its reason.</summary>
    public (int Code, string Reason) Judge(X509Certificate2? caller)
    {
        if (caller is null) return (401, "only queens may ask this; show a queen's certificate over TLS");
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        if (!chain.Build(caller)) return (403, "the certificate is not one of this cluster's authority");
        return CertificateNames.Of(caller).IsIn(CertificateNames.Queens) ? (0, "") : (403, $"{caller.Subject} is not a queen");
    }
}
