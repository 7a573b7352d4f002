namespace Hive.Objects;

[Schema(ApiPackage.Authorization, "Asks what I may do in a namespace.")]
public sealed record SelfSubjectRulesReview() : HiveObject("authorization.k8s.io/v1", "SelfSubjectRulesReview")
{
    [Field("spec", 2, Required = true)]
    public SelfSubjectRulesReviewSpec Spec { get; init; } = new();

    [Field("status", 3)]
    public SubjectRulesReviewStatus Status { get; init; } = new();
}

[Schema(ApiPackage.Authorization, "The namespace in question.")]
public sealed record SelfSubjectRulesReviewSpec
{
    [Field("namespace", 1)]
    public string Namespace { get; init; } = "";
}

[Schema(ApiPackage.Authorization, "What is allowed.")]
public sealed record SubjectRulesReviewStatus
{
    [Field("resourceRules", 1, Required = true, Always = true, ListType = "atomic")]
    public IReadOnlyList<ResourceRule> ResourceRules { get; init; } = [];

    [Field("nonResourceRules", 2, Required = true, Always = true, ListType = "atomic")]
    public IReadOnlyList<NonResourceRule> NonResourceRules { get; init; } = [];

    [Field("incomplete", 3, Required = true, Always = true)]
    public bool Incomplete { get; init; }

    [Field("evaluationError", 4)]
    public string EvaluationError { get; init; } = "";
}

[Schema(ApiPackage.Authorization, "Verbs allowed on resources.")]
public sealed record ResourceRule
{
    [Field("verbs", 1, Required = true, Always = true, ListType = "atomic")]
    public IReadOnlyList<string> Verbs { get; init; } = [];

    [Field("apiGroups", 2, ListType = "atomic")]
    public IReadOnlyList<string> ApiGroups { get; init; } = [];

    [Field("resources", 3, ListType = "atomic")]
    public IReadOnlyList<string> Resources { get; init; } = [];

    [Field("resourceNames", 4, ListType = "atomic")]
    public IReadOnlyList<string> ResourceNames { get; init; } = [];
}

[Schema(ApiPackage.Authorization, "Verbs allowed on paths.")]
public sealed record NonResourceRule
{
    [Field("verbs", 1, Required = true, Always = true, ListType = "atomic")]
    public IReadOnlyList<string> Verbs { get; init; } = [];

    [Field("nonResourceURLs", 2, ListType = "atomic")]
    public IReadOnlyList<string> NonResourceURLs { get; init; } = [];
}
