namespace Hive.Objects;

[Schema(ApiPackage.Authentication, "Asks for a token of a service account.")]
public sealed record TokenRequest() : HiveObject("authentication.k8s.io/v1", "TokenRequest")
{
    [Field("spec", 2)]
    public TokenRequestSpec Spec { get; init; } = new();

    [Field("status", 3)]
    public TokenRequestStatus Status { get; init; } = new();
}

[Schema(ApiPackage.Authentication, "For whom, for what and how long a token is wanted.")]
public sealed record TokenRequestSpec
{
    [Field("audiences", 1, Always = true, ListType = "atomic")]
    public IReadOnlyList<string> Audiences { get; init; } = [];

    [Field("expirationSeconds", 4, Default = "3600")]
    public long? ExpirationSeconds { get; init; }

    [Field("boundObjectRef", 3)]
    public BoundObjectReference? BoundObjectRef { get; init; }

    [Field("attestations", 5)]
    public OrdinalMap<IReadOnlyList<string>> Attestations { get; init; } = OrdinalMap<IReadOnlyList<string>>.Empty;
}

[Schema(ApiPackage.Authentication, "The token.")]
public sealed record TokenRequestStatus
{
    [Field("token", 1, Always = true)]
    public string Token { get; init; } = "";

    [Field("expirationTimestamp", 2)]
    public Time? ExpirationTimestamp { get; init; }
}

[Schema(ApiPackage.Authentication, "The object to whose life a token is bound.")]
public sealed record BoundObjectReference
{
    [Field("kind", 1)]
    public string Kind { get; init; } = "";

    [Field("apiVersion", 2)]
    public string ApiVersion { get; init; } = "";

    [Field("name", 3)]
    public string Name { get; init; } = "";

    [Field("uid", 4)]
    public string Uid { get; init; } = "";
}
