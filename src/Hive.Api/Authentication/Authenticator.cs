using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Hive.Api.Http;
using Hive.Api.Storage;
using Hive.Objects;
using Hive.Store;

namespace Hive.Api.Authentication;

/// <summary>
/// Finds out who asks: by the client certificate of the connection, or by a bearer token (a service account's, or a bootstrap token). Credentials are taken over TLS
/// only. Wrong credentials are refused; none at all make an anonymous caller.
/// </summary>
public sealed class Authenticator(
    ClientCertificates certificates, ServiceAccountTokens tokens, BootstrapTokens bootstrap, ObjectStorage storage, Proposals proposals, TimeProvider time)
{
    public async ValueTask<Outcome<Caller>> AuthenticateAsync(ApiRequest request)
    {
        if (!request.IsSecure) return Caller.Anonymous;
        string header = request.Http.Request.Headers.Authorization.ToString();
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return await ByTokenAsync(header["Bearer ".Length..].Trim(), request.Cancellation);
        X509Certificate2? shown = request.Http.Connection.ClientCertificate;
        if (shown is null) return Caller.Anonymous;
        Caller? known = certificates.Authenticate(shown);
        return known is null ? Refusals.Unauthorized : known;
    }

    /// <summary>Whom a token stands for. Also serves token reviews.</summary>
    public async ValueTask<Outcome<Caller>> ByTokenAsync(string token, CancellationToken cancellation)
    {
        if (ByToken(token, storage.Local) is { } known) return known;
        // The account or secret may have been made through another queen a moment ago: only a fresh state may say no to what has the form of a token.
        if (!token.Contains('.', StringComparison.Ordinal)) return Refusals.Unauthorized;
        Outcome<StoreSnapshot> fresh = await proposals.FreshAsync(cancellation);
        if (!fresh.TryGet(out StoreSnapshot? at, out Refusal? refusal)) return refusal;
        return ByToken(token, at) is { } found ? found : Refusals.Unauthorized;
    }

    /// <summary>Null: no token of ours.</summary>
    private Caller? ByToken(string token, StoreSnapshot at)
    {
        if (bootstrap.Authenticate(token, at) is { } bootstrapper) return bootstrapper;
        if (tokens.Verify(token, time.GetUtcNow()) is not { } claims) return null;
        if (storage.Find<ServiceAccount>(at, claims.Namespace, claims.ServiceAccount) is not { } account || account.Value.Metadata.Uid != claims.ServiceAccountUid) return null;
        if (claims.PodName.Length > 0)
        {
            bool lives = storage.Find<Pod>(at, claims.Namespace, claims.PodName) is { } pod && pod.Value.Metadata.Uid == claims.PodUid;
            if (!lives) return null;
        }
        return new Caller(
            $"system:serviceaccount:{claims.Namespace}:{claims.ServiceAccount}",
            ["system:serviceaccounts", $"system:serviceaccounts:{claims.Namespace}", Caller.Authenticated],
            claims.ServiceAccountUid,
            claims.PodName.Length == 0 ? [] : [("authentication.kubernetes.io/pod-name", claims.PodName), ("authentication.kubernetes.io/pod-uid", claims.PodUid)]);
    }
}

/// <summary>Tokens with which a machine may join: those given at start, and Secrets of the bootstrap type in kube-system.</summary>
public sealed class BootstrapTokens(IReadOnlyList<string> given, ObjectStorage storage, TimeProvider time)
{
    private const string SecretType = "bootstrap.kubernetes.io/token";

    /// <summary>Null: no such token, or expired.</summary>
    public Caller? Authenticate(string token, StoreSnapshot at)
    {
        if (token.Length == 0) return null;
        bool known = false;
        // Every candidate is compared in full: how long it takes tells nothing about any of them.
        foreach (string candidate in given) known |= Same(candidate, token);
        int dot = token.IndexOf('.', StringComparison.Ordinal);
        string id = dot == 6 ? token[..dot] : "";
        if (!known && (id.Length == 0 || !IsKept(id, token[(dot + 1)..], at))) return null;
        return new Caller($"system:bootstrap:{(id.Length > 0 ? id : "given")}", [Caller.Bootstrappers, Caller.Authenticated]);
    }

    private bool IsKept(string id, string secret, StoreSnapshot at)
    {
        if (storage.Find<Secret>(at, "kube-system", $"bootstrap-token-{id}") is not { } kept || kept.Value.Type != SecretType) return false;
        string Text(string key) => kept.Value.Data.TryGetValue(key, out Bytes value) ? value.ToString() : "";
        bool inTime = Text("expiration") is not { Length: > 0 } until || (Time.TryParse(until, out Time end) && end > Time.From(time.GetUtcNow()));
        return inTime && Text("usage-bootstrap-authentication") != "false" && Same(Text("token-secret"), secret);
    }

    private static bool Same(string left, string right) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(left)), SHA256.HashData(Encoding.UTF8.GetBytes(right)));
}
