using System.Security.Cryptography;
using Hive.Api.Authentication;
using Hive.Platform.Certificates;

namespace Hive.Composition;

/// <summary>The cluster's authority as the API face may use it: to make node certificates and nothing else.</summary>
internal sealed class ClusterSigner(CertificateFolder folder, string clusterName, TimeProvider time) : ICertificateSigner
{
    public string AuthorityPem { get; } = File.ReadAllText(folder.AuthorityFile);

    public string? SignNode(string requestPem, string commonName, string organization)
    {
        DateTimeOffset now = time.GetUtcNow();
        using CertificateAuthority authority = folder.OpenAuthority(clusterName, now);
        try
        {
            var subject = new CertificateSubject(commonName, organization, CertificateAuthority.RequestedHosts(requestPem));
            return authority.Sign(requestPem, subject, CertificateUse.Client | CertificateUse.Server, now);
        }
        catch (Exception malformed) when (malformed is CryptographicException or ArgumentException)
        {
            return null;
        }
    }
}
