using Hive.Api.Authentication;
using Hive.Api.Http;
using Hive.Api.Storage;
using Hive.Api.Verbs;
using Hive.Objects;
using Hive.Store;

namespace Hive.Api.Subresources;

/// <summary>POST serviceaccounts/NAME/token: a token with an end, bound to the account and, where asked, to a pod.</summary>
public sealed class TokenSubresource(ObjectStorage storage, Proposals proposals, ServiceAccountTokens tokens, Presentation presentation, TimeProvider time)
{
    private const long ShortestSeconds = 600;
    private const long LongestSeconds = 365 * 24 * 3600;

    public async ValueTask<Refusal?> RunAsync(ResourceCall call)
    {
        if (!call.Media.TryGet(out MediaChoice media, out Refusal? refusal)) return refusal;
        if (!WriteOptions.Read(call.Request, "CreateOptions").TryGet(out WriteOptions? options, out refusal)) return refusal;
        Outcome<TokenRequest> body = await BodyDecoding.ReadAsync<TokenRequest>(
            call.Request, TypeSchema.Of(typeof(TokenRequest)), "authentication.k8s.io/v1", "TokenRequest", options.Validation);
        if (!body.TryGet(out TokenRequest? asked, out refusal)) return refusal;
        long seconds = asked.Spec.ExpirationSeconds ?? 3600;
        if (seconds < ShortestSeconds) return Invalid(call, "may not specify a duration less than 10 minutes", seconds);
        if (seconds > LongestSeconds) return Invalid(call, "may not specify a duration larger than a year", seconds);
        Outcome<StoreSnapshot> fresh = await proposals.FreshAsync(call.Cancellation);
        if (!fresh.TryGet(out StoreSnapshot? at, out refusal)) return refusal;
        if (storage.Find<ServiceAccount>(at, call.Namespace, call.Name) is not { } account) return call.NotFound();
        if (!FindPod(at, call, asked.Spec.BoundObjectRef).TryGet(out Pod? pod, out refusal)) return refusal;
        DateTimeOffset now = time.GetUtcNow();
        var claims = new TokenClaims(
            call.Namespace, call.Name, account.Value.Metadata.Uid, asked.Spec.Audiences.Count > 0 ? [.. asked.Spec.Audiences] : tokens.Audiences,
            now, now.AddSeconds(seconds), pod?.Metadata.Name ?? "", pod?.Metadata.Uid ?? "", pod?.Spec.NodeName ?? "");
        TokenRequest answer = asked with
        {
            Metadata = new ObjectMeta { Name = call.Name, Namespace = call.Namespace, CreationTimestamp = Time.From(now) },
            Spec = asked.Spec with { ExpirationSeconds = seconds, Audiences = claims.Audiences },
            Status = new TokenRequestStatus { Token = tokens.Issue(claims), ExpirationTimestamp = Time.From(claims.Expires) },
        };
        await presentation.WriteAsync(call.Request, media with { Shape = ObjectShape.Full }, answer, 201);
        return null;
    }

    /// <summary>Null: bound to no pod.</summary>
    private Outcome<Pod?> FindPod(StoreSnapshot at, ResourceCall call, BoundObjectReference? bound)
    {
        if (bound is null) return new Outcome<Pod?>((Pod?)null);
        if (bound.Kind != "Pod") return Refusals.BadRequest($"cannot bind token for serviceaccount \"{call.Name}\" to {bound.Kind}: only Pod is supported");
        if (storage.Find<Pod>(at, call.Namespace, bound.Name) is not { } pod) return Refusals.NotFound("pods", "", bound.Name);
        if (bound.Uid.Length > 0 && bound.Uid != pod.Value.Metadata.Uid)
        {
            return Refusals.Conflict("pods", "", bound.Name, $"the UID in the bound object reference ({bound.Uid}) does not match the UID in record. The object might have been deleted and then recreated");
        }
        return pod.Value.Spec.ServiceAccountName == call.Name
            ? new Outcome<Pod?>(pod.Value)
            : Refusals.BadRequest($"cannot bind token for serviceaccount \"{call.Name}\" to pod running with different serviceaccount name.");
    }

    private static Refusal Invalid(ResourceCall call, string why, long seconds) =>
        Refusals.Invalid("TokenRequest", "authentication.k8s.io", call.Name, CauseType.FieldValueInvalid, "spec.expirationSeconds", $"Invalid value: {seconds}: {why}");
}
