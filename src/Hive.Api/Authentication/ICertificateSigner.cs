namespace Hive.Api.Authentication;

/// <summary>The cluster's certificate authority as this face sees it. Implemented where the key lives.</summary>
public interface ICertificateSigner
{
    /// <summary>Certificates (PEM) by which a drone recognizes queens and other drones.</summary>
    string AuthorityPem { get; }

    /// <summary>
    /// Signs the public key of a request for use as client and server of a node. Subject and names in the request are not trusted: the subject is
    /// CN=<paramref name="commonName"/>, O=<paramref name="organization"/>; DNS names and addresses are taken over as subject alternative names.
    /// </summary>
    /// <returns>The certificate (PEM), or null when the request is malformed or its self-signature is wrong.</returns>
    string? SignNode(string requestPem, string commonName, string organization);
}
