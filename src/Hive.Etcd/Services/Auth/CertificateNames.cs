using System.Security.Cryptography.X509Certificates;

namespace Hive.Etcd.Services.Auth;

/// <summary>The name in a certificate that stands for a user.</summary>
internal static class CertificateNames
{
    private const string CommonNameOid = "2.5.4.3";

    /// <summary>The common name of the subject and nothing else (no other attribute, no alternative name takes its place); null when there is none.</summary>
    public static string? CommonName(X509Certificate2 certificate)
    {
        foreach (var part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (!part.HasMultipleElements && part.GetSingleElementType().Value == CommonNameOid) return part.GetSingleElementValue();
        }
        return null;
    }
}
