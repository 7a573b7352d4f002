using System.Security.Cryptography.X509Certificates;

namespace Hive.Client.Connections;

/// <summary>How queens name themselves in their certificates, among all that the cluster's authority signs: those of drones and of users too.</summary>
public static class QueenCertificates
{
    public const string Organization = "hive:queens";

    private const string OrganizationOid = "2.5.4.10";

    /// <summary>Whether a certificate names a queen. Who signed it is another question, and must be asked too.</summary>
    public static bool IsQueen(X509Certificate2 certificate)
    {
        foreach (X500RelativeDistinguishedName part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (!part.HasMultipleElements && part.GetSingleElementType().Value == OrganizationOid && part.GetSingleElementValue() == Organization) return true;
        }
        return false;
    }
}
