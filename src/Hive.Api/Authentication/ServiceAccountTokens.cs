using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hive.Api.Authentication;

/// <summary>What a service account's token says.</summary>
/// <param name="ServiceAccountUid">The token dies with this incarnation of the account.</param>
/// <param name="PodName">Empty unless the token is bound to a pod, with which it then dies.</param>
public sealed record TokenClaims(
    string Namespace, string ServiceAccount, string ServiceAccountUid, ImmutableArray<string> Audiences,
    DateTimeOffset IssuedAt, DateTimeOffset Expires, string PodName = "", string PodUid = "", string NodeName = "");

/// <summary>Issues and verifies service account tokens: JSON web tokens signed with ES256 by a key that all queens hold.</summary>
public sealed class ServiceAccountTokens(ECDsa key, string issuer, ImmutableArray<string> audiences)
{
    private readonly string _keyId = Base64Url.EncodeToString(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));

    /// <summary>The audiences under which the Kubernetes face itself takes tokens.</summary>
    public ImmutableArray<string> Audiences => audiences;

    public string Issue(TokenClaims claims)
    {
        string header = Encode(new JsonObject { ["alg"] = "ES256", ["kid"] = _keyId });
        JsonObject? pod = claims.PodName.Length == 0 ? null : new JsonObject { ["name"] = claims.PodName, ["uid"] = claims.PodUid };
        JsonObject? node = claims.NodeName.Length == 0 ? null : new JsonObject { ["name"] = claims.NodeName };
        var space = new JsonObject
        {
            ["namespace"] = claims.Namespace,
            ["serviceaccount"] = new JsonObject { ["name"] = claims.ServiceAccount, ["uid"] = claims.ServiceAccountUid },
        };
        if (pod is not null) space["pod"] = pod;
        if (node is not null) space["node"] = node;
        var body = new JsonObject
        {
            ["aud"] = new JsonArray([.. claims.Audiences.Select(audience => (JsonNode)audience)]),
            ["exp"] = claims.Expires.ToUnixTimeSeconds(),
            ["iat"] = claims.IssuedAt.ToUnixTimeSeconds(),
            ["iss"] = issuer,
            ["jti"] = Guid.NewGuid().ToString(),
            ["kubernetes.io"] = space,
            ["nbf"] = claims.IssuedAt.ToUnixTimeSeconds(),
            ["sub"] = $"system:serviceaccount:{claims.Namespace}:{claims.ServiceAccount}",
        };
        string signed = $"{header}.{Encode(body)}";
        lock (key)
        {
            return $"{signed}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
        }
    }

    /// <summary>Null: not one of ours, forged, expired, or for nobody here.</summary>
    public TokenClaims? Verify(string token, DateTimeOffset now)
    {
        string[] parts = token.Split('.');
        if (parts.Length != 3 || parts.Any(part => !Base64Url.IsValid(part))) return null;
        byte[] signature = Base64Url.DecodeFromChars(parts[2]);
        lock (key)
        {
            if (!key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), signature, HashAlgorithmName.SHA256)) return null;
        }
        // What follows was signed by this cluster: its form is our own.
        using JsonDocument body = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
        JsonElement root = body.RootElement;
        TokenClaims claims = Read(root);
        bool inTime = claims.Expires > now && claims.IssuedAt <= now + TimeSpan.FromMinutes(5);
        bool forUs = claims.Audiences.Any(audience => audiences.Contains(audience, StringComparer.Ordinal));
        return inTime && forUs && root.GetProperty("iss").GetString() == issuer ? claims : null;
    }

    private static TokenClaims Read(JsonElement root)
    {
        JsonElement space = root.GetProperty("kubernetes.io");
        JsonElement account = space.GetProperty("serviceaccount");
        string Text(string part, string name) =>
            space.TryGetProperty(part, out JsonElement of) && of.TryGetProperty(name, out JsonElement value) ? value.GetString()! : "";
        return new TokenClaims(
            space.GetProperty("namespace").GetString()!, account.GetProperty("name").GetString()!, account.GetProperty("uid").GetString()!,
            [.. root.GetProperty("aud").EnumerateArray().Select(audience => audience.GetString()!)],
            DateTimeOffset.FromUnixTimeSeconds(root.GetProperty("iat").GetInt64()), DateTimeOffset.FromUnixTimeSeconds(root.GetProperty("exp").GetInt64()),
            Text("pod", "name"), Text("pod", "uid"), Text("node", "name"));
    }

    private static string Encode(JsonObject value) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(value.ToJsonString()));
}
