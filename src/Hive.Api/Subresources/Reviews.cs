using Hive.Api.Authentication;
using Hive.Api.Authorization;
using Hive.Api.Http;
using Hive.Api.Verbs;
using Hive.Objects;

namespace Hive.Api.Subresources;

/// <summary>Questions that have the form of an object and are answered at once: what may I do, who am I, whose token is this.</summary>
public sealed class Reviews(Authorizer authorizer, Authenticator authenticator, Presentation presentation, TimeProvider time)
{
    public async ValueTask<Refusal?> RunAsync(ResourceCall call)
    {
        if (!call.Media.TryGet(out MediaChoice media, out Refusal? refusal)) return refusal;
        if (!WriteOptions.Read(call.Request, "CreateOptions").TryGet(out WriteOptions? options, out refusal)) return refusal;
        Outcome<HiveObject> body = await BodyDecoding.ReadAsync<HiveObject>(call.Request, call.Kind.Schema, call.Kind.ApiVersion, call.Kind.Kind, options.Validation);
        if (!body.TryGet(out HiveObject? asked, out refusal)) return refusal;
        Outcome<HiveObject> judged = asked is TokenReview review ? await ReviewAsync(call, review) : Answer(call, asked);
        if (!judged.TryGet(out HiveObject? answer, out refusal)) return refusal;
        HiveObject stamped = answer with { Metadata = answer.Metadata with { CreationTimestamp = Time.From(time.GetUtcNow()) } };
        await presentation.WriteAsync(call.Request, media with { Shape = ObjectShape.Full }, stamped, 201);
        return null;
    }

    private Outcome<HiveObject> Answer(ResourceCall call, HiveObject asked)
    {
        Caller user = call.Request.User;
        switch (asked)
        {
            case SelfSubjectAccessReview review:
                return Access(review.Spec.ResourceAttributes, review.Spec.NonResourceAttributes) is { } mine
                    ? review with { Status = Judge(user, mine) }
                    : Exactly("SelfSubjectAccessReview");
            case SubjectAccessReview review:
                return Access(review.Spec.ResourceAttributes, review.Spec.NonResourceAttributes) is { } theirs
                    ? review with { Status = Judge(Subject(review.Spec), theirs) }
                    : Exactly("SubjectAccessReview");
            case LocalSubjectAccessReview review:
                return Access(review.Spec.ResourceAttributes, review.Spec.NonResourceAttributes) is { } local
                    ? review with { Status = Judge(Subject(review.Spec), local) }
                    : Exactly("LocalSubjectAccessReview");
            case SelfSubjectRulesReview review:
                return review with { Status = Rules(user) };
            case SelfSubjectReview review:
                return review with { Status = new SelfSubjectReviewStatus { UserInfo = Shown(user) } };
            default:
                return Refusals.MethodNotAllowed;
        }
    }

    private async ValueTask<Outcome<HiveObject>> ReviewAsync(ResourceCall call, TokenReview review)
    {
        Outcome<Caller> owner = await authenticator.ByTokenAsync(review.Spec.Token, call.Cancellation);
        if (!owner.TryGet(out Caller? known, out Refusal? refusal))
        {
            return refusal.Code == 401 ? review with { Status = new TokenReviewStatus { Error = "the token is not valid" } } : refusal;
        }
        return review with { Status = new TokenReviewStatus { Authenticated = true, User = Shown(known) } };
    }

    private static AccessRequest? Access(ResourceAttributes? resource, NonResourceAttributes? path)
    {
        if ((resource is null) == (path is null)) return null;
        return path is not null
            ? AccessRequest.ForPath(path.Verb, path.Path.Length == 0 ? "/" : path.Path)
            : new AccessRequest(resource!.Verb, resource.Group, resource.Resource, resource.Subresource, resource.Namespace, resource.Name);
    }

    private SubjectAccessReviewStatus Judge(Caller user, AccessRequest request)
    {
        AccessVerdict verdict = authorizer.Decide(user, request);
        return new SubjectAccessReviewStatus { Allowed = verdict.Allowed, Reason = verdict.Why };
    }

    private static Caller Subject(SubjectAccessReviewSpec spec) => new(spec.User, [.. spec.Groups, Caller.Authenticated], spec.Uid);

    private static SubjectRulesReviewStatus Rules(Caller user)
    {
        ResourceRule[] own =
        [
            new() { Verbs = ["create"], ApiGroups = ["authorization.k8s.io"], Resources = ["selfsubjectaccessreviews", "selfsubjectrulesreviews"] },
            new() { Verbs = ["create"], ApiGroups = ["authentication.k8s.io"], Resources = ["selfsubjectreviews"] },
        ];
        NonResourceRule[] paths = [new() { Verbs = ["get"], NonResourceURLs = ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version", "/version/"] }];
        if (user.IsSuperuser)
        {
            own = [new() { Verbs = ["*"], ApiGroups = ["*"], Resources = ["*"] }, .. own];
            paths = [new() { Verbs = ["*"], NonResourceURLs = ["*"] }, .. paths];
        }
        return new SubjectRulesReviewStatus { ResourceRules = own, NonResourceRules = paths, Incomplete = user.NodeName.Length > 0 };
    }

    private static UserInfo Shown(Caller user) => new()
    {
        Username = user.Name,
        Uid = user.Uid,
        Groups = user.Groups,
        Extra = user.Extra.IsDefaultOrEmpty
            ? OrdinalMap<IReadOnlyList<string>>.Empty
            : OrdinalMap.FromPairs(user.Extra.Select(pair => new KeyValuePair<string, IReadOnlyList<string>>(pair.Key, [pair.Value]))),
    };

    private static Refusal Exactly(string kind) => Refusals.Invalid(kind, "authorization.k8s.io", "", CauseType.FieldValueInvalid, "spec.resourceAttributes",
        "Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified");
}
