namespace Hive.Objects;

[Schema(ApiPackage.Authorization, "Asks whether I may do something.")]
public sealed record SelfSubjectAccessReview() : HiveObject("authorization.k8s.io/v1", "SelfSubjectAccessReview")
{
    [Field("spec", 2, Required = true)]
    public SelfSubjectAccessReviewSpec Spec { get; init; } = new();

    [Field("status", 3)]
    public SubjectAccessReviewStatus Status { get; init; } = new();
}

[Schema(ApiPackage.Authorization, "Asks whether a user may do something.")]
public sealed record SubjectAccessReview() : HiveObject("authorization.k8s.io/v1", "SubjectAccessReview")
{
    [Field("spec", 2, Required = true)]
    public SubjectAccessReviewSpec Spec { get; init; } = new();

    [Field("status", 3)]
    public SubjectAccessReviewStatus Status { get; init; } = new();
}

[Schema(ApiPackage.Authorization, "Asks whether a user may do something in a namespace.")]
public sealed record LocalSubjectAccessReview() : HiveObject("authorization.k8s.io/v1", "LocalSubjectAccessReview")
{
    [Field("spec", 2, Required = true)]
    public SubjectAccessReviewSpec Spec { get; init; } = new();

    [Field("status", 3)]
    public SubjectAccessReviewStatus Status { get; init; } = new();
}

[Schema(ApiPackage.Authorization, "What I want to do.")]
public sealed record SelfSubjectAccessReviewSpec
{
    [Field("resourceAttributes", 1)]
    public ResourceAttributes? ResourceAttributes { get; init; }

    [Field("nonResourceAttributes", 2)]
    public NonResourceAttributes? NonResourceAttributes { get; init; }
}

[Schema(ApiPackage.Authorization, "Whether it is allowed, and why.")]
public sealed record SubjectAccessReviewStatus
{
    [Field("allowed", 1, Required = true, Always = true)]
    public bool Allowed { get; init; }

    [Field("denied", 4)]
    public bool Denied { get; init; }

    [Field("reason", 2)]
    public string Reason { get; init; } = "";

    [Field("evaluationError", 3)]
    public string EvaluationError { get; init; } = "";
}

[Schema(ApiPackage.Authorization, "What a user wants to do.")]
public sealed record SubjectAccessReviewSpec
{
    [Field("resourceAttributes", 1)]
    public ResourceAttributes? ResourceAttributes { get; init; }

    [Field("nonResourceAttributes", 2)]
    public NonResourceAttributes? NonResourceAttributes { get; init; }

    [Field("user", 3)]
    public string User { get; init; } = "";

    [Field("groups", 4, ListType = "atomic")]
    public IReadOnlyList<string> Groups { get; init; } = [];

    [Field("extra", 5, Wrapped = true)]
    public OrdinalMap<IReadOnlyList<string>> Extra { get; init; } = OrdinalMap<IReadOnlyList<string>>.Empty;

    [Field("uid", 6)]
    public string Uid { get; init; } = "";
}

[Schema(ApiPackage.Authorization, "An action on a resource.")]
public sealed record ResourceAttributes
{
    [Field("namespace", 1)]
    public string Namespace { get; init; } = "";

    [Field("verb", 2)]
    public string Verb { get; init; } = "";

    [Field("group", 3)]
    public string Group { get; init; } = "";

    [Field("version", 4)]
    public string Version { get; init; } = "";

    [Field("resource", 5)]
    public string Resource { get; init; } = "";

    [Field("subresource", 6)]
    public string Subresource { get; init; } = "";

    [Field("name", 7)]
    public string Name { get; init; } = "";

    [Field("fieldSelector", 8)]
    public FieldSelectorAttributes? FieldSelector { get; init; }

    [Field("labelSelector", 9)]
    public LabelSelectorAttributes? LabelSelector { get; init; }
}

[Schema(ApiPackage.Authorization, "An action on a path.")]
public sealed record NonResourceAttributes
{
    [Field("path", 1)]
    public string Path { get; init; } = "";

    [Field("verb", 2)]
    public string Verb { get; init; } = "";
}

[Schema(ApiPackage.Authorization, "The field selector of the request.")]
public sealed record FieldSelectorAttributes
{
    [Field("rawSelector", 1)]
    public string RawSelector { get; init; } = "";

    [Field("requirements", 2, ListType = "atomic")]
    public IReadOnlyList<FieldSelectorRequirement> Requirements { get; init; } = [];
}

[Schema(ApiPackage.Authorization, "The label selector of the request.")]
public sealed record LabelSelectorAttributes
{
    [Field("rawSelector", 1)]
    public string RawSelector { get; init; } = "";

    [Field("requirements", 2, ListType = "atomic")]
    public IReadOnlyList<LabelSelectorRequirement> Requirements { get; init; } = [];
}

[Schema(ApiPackage.Meta, "One condition on a field.")]
public sealed record FieldSelectorRequirement
{
    [Field("key", 1, Required = true, Always = true)]
    public string Key { get; init; } = "";

    [Field("operator", 2, Required = true, Always = true)]
    public string Operator { get; init; } = "";

    [Field("values", 3, ListType = "atomic")]
    public IReadOnlyList<string> Values { get; init; } = [];
}

/// <summary>Values of FieldSelectorOperator.</summary>
public static class FieldSelectorOperator
{
    public const string In = "In";
    public const string NotIn = "NotIn";
    public const string Exists = "Exists";
    public const string DoesNotExist = "DoesNotExist";
}
