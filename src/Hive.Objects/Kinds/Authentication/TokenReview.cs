namespace Hive.Objects;

[Schema(ApiPackage.Authentication, "Asks whom a token stands for.")]
public sealed record TokenReview() : HiveObject("authentication.k8s.io/v1", "TokenReview")
{
    [Field("spec", 2, Required = true)]
    public TokenReviewSpec Spec { get; init; } = new();

    [Field("status", 3)]
    public TokenReviewStatus Status { get; init; } = new();
}

[Schema(ApiPackage.Authentication, "Asks who I am.")]
public sealed record SelfSubjectReview() : HiveObject("authentication.k8s.io/v1", "SelfSubjectReview")
{
    [Field("status", 2)]
    public SelfSubjectReviewStatus Status { get; init; } = new();
}

[Schema(ApiPackage.Authentication, "The token to review.")]
public sealed record TokenReviewSpec
{
    [Field("token", 1, Required = true)]
    public string Token { get; init; } = "";

    [Field("audiences", 2, ListType = "atomic")]
    public IReadOnlyList<string> Audiences { get; init; } = [];
}

[Schema(ApiPackage.Authentication, "Whom the token stands for.")]
public sealed record TokenReviewStatus
{
    [Field("authenticated", 1)]
    public bool Authenticated { get; init; }

    [Field("user", 2)]
    public UserInfo User { get; init; } = new();

    [Field("audiences", 4, ListType = "atomic")]
    public IReadOnlyList<string> Audiences { get; init; } = [];

    [Field("error", 3)]
    public string Error { get; init; } = "";
}

[Schema(ApiPackage.Authentication, "Who I am.")]
public sealed record SelfSubjectReviewStatus
{
    [Field("userInfo", 1)]
    public UserInfo UserInfo { get; init; } = new();
}

[Schema(ApiPackage.Authentication, "A user as authenticated.")]
public sealed record UserInfo
{
    [Field("username", 1)]
    public string Username { get; init; } = "";

    [Field("uid", 2)]
    public string Uid { get; init; } = "";

    [Field("groups", 3, ListType = "atomic")]
    public IReadOnlyList<string> Groups { get; init; } = [];

    [Field("extra", 4, Wrapped = true)]
    public OrdinalMap<IReadOnlyList<string>> Extra { get; init; } = OrdinalMap<IReadOnlyList<string>>.Empty;
}
