using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace Hive;

/// <summary>Whom a certificate's subject names, as Kubernetes and etcd read it. Who signed it is another question.</summary>
/// <param name="CommonName">The user; empty when there is none. No other attribute and no alternative name takes its place.</param>
/// <param name="Organizations">The user's groups.</param>
public sealed record CertificateNames(string CommonName, ImmutableArray<string> Organizations)
{
    /// <summary>The group of the queens.</summary>
    public const string Queens = "hive:queens";

    /// <summary>The group of the drones.</summary>
    public const string Nodes = "system:nodes";

    /// <summary>The group of those who may do everything.</summary>
    public const string Masters = "system:masters";

    private const string CommonNameOid = "2.5.4.3";
    private const string OrganizationOid = "2.5.4.10";

    public static CertificateNames Of(X509Certificate2 certificate)
    {
        string commonName = "";
        var organizations = ImmutableArray.CreateBuilder<string>();
        foreach (X500RelativeDistinguishedName part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            // Go writes several organizations as one name of several values, which the framework does not take apart.
            AsnReader values = new AsnReader(part.RawData, AsnEncodingRules.DER).ReadSetOf(skipSortOrderValidation: true);
            while (values.HasData)
            {
                AsnReader pair = values.ReadSequence();
                string type = pair.ReadObjectIdentifier();
                if (type == CommonNameOid) commonName = Text(pair);
                if (type == OrganizationOid) organizations.Add(Text(pair));
            }
        }
        return new CertificateNames(commonName, organizations.ToImmutable());
    }

    public bool IsIn(string organization) => Organizations.Contains(organization, StringComparer.Ordinal);

    private static string Text(AsnReader pair) => pair.ReadCharacterString((UniversalTagNumber)pair.PeekTag().TagValue);
}
