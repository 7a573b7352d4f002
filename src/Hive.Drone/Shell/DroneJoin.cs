using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Hive.Client.Connections;
using Hive.Client.Kubernetes;

namespace Hive.Drone.Shell;

/// <summary>What a drone gets for its bootstrap token.</summary>
/// <param name="CertificatePem">The node's certificate.</param>
/// <param name="KeyPem">Its key, made here; it never leaves this machine.</param>
public sealed record JoinGrant(string CertificatePem, string KeyPem, string AuthorityPem, IReadOnlyList<Uri> Queens);

/// <summary>Turns a bootstrap token into a node certificate.</summary>
public static class DroneJoin
{
    /// <param name="authority">The cluster's authority, by which the queens are believed. A false one is refused before anything is sent.</param>
    /// <exception cref="DroneStartException">The queens refuse, or are not who they should be.</exception>
    public static async Task<JoinGrant> JoinAsync(IReadOnlyList<Uri> queens, X509Certificate2 authority, string token, string node, CancellationToken cancellation)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=system:node:{node}, O=system:nodes", key, HashAlgorithmName.SHA256);
        using var client = new KubernetesClient(new QueenPool(queens, new ClientCredentials(authority, null, token)));
        ApiAnswer answer = await client.SendAsync(HttpMethod.Post, "/hive/v1/join",
            new JsonObject { ["token"] = token, ["node"] = node, ["csr"] = request.CreateSigningRequestPem() }, KubernetesClient.Json, KubernetesClient.Json, cancellation);
        if (!answer.Ok || (string?)answer.Body?["certificate"] is not { } certificate)
        {
            throw new DroneStartException($"node {node} cannot join: {answer.Message}");
        }
        var known = new List<Uri>();
        foreach (JsonNode? queen in answer.Body?["queens"] as JsonArray ?? [])
        {
            if (Uri.TryCreate((string?)queen, UriKind.Absolute, out Uri? uri)) known.Add(uri);
        }
        return new JoinGrant(certificate, key.ExportPkcs8PrivateKeyPem(), (string?)answer.Body?["ca"] ?? authority.ExportCertificatePem(), known.Count > 0 ? known : queens);
    }
}
