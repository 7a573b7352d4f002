namespace Hive.Objects;

[Schema(ApiPackage.Meta, "What every list has: the revision at which it was read, and how to go on.")]
public sealed record ListMeta
{
    [Field("selfLink", 1)]
    public string SelfLink { get; init; } = "";

    [Field("resourceVersion", 2)]
    public string ResourceVersion { get; init; } = "";

    [Field("continue", 3)]
    public string Continue { get; init; } = "";

    [Field("remainingItemCount", 4)]
    public long? RemainingItemCount { get; init; }
}

[Schema(ApiPackage.Meta, "The outcome of a request that returns no object.")]
public sealed record Status() : TypedDocument("v1", "Status")
{
    [Field("metadata", 1)]
    public ListMeta Metadata { get; init; } = new();

    [Field("status", 2)]
    public string Outcome { get; init; } = "";

    [Field("message", 3)]
    public string Message { get; init; } = "";

    [Field("reason", 4)]
    public string Reason { get; init; } = "";

    [Field("details", 5)]
    public StatusDetails? Details { get; init; }

    [Field("code", 6)]
    public int Code { get; init; }
}

[Schema(ApiPackage.Meta, "What an error is about, and its causes.")]
public sealed record StatusDetails
{
    [Field("name", 1)]
    public string Name { get; init; } = "";

    [Field("group", 2)]
    public string Group { get; init; } = "";

    [Field("kind", 3)]
    public string Kind { get; init; } = "";

    [Field("uid", 6)]
    public string Uid { get; init; } = "";

    [Field("causes", 4, ListType = "atomic")]
    public IReadOnlyList<StatusCause> Causes { get; init; } = [];

    [Field("retryAfterSeconds", 5)]
    public int RetryAfterSeconds { get; init; }
}

[Schema(ApiPackage.Meta, "One reason of a failure, with the field at fault.")]
public sealed record StatusCause
{
    [Field("reason", 1)]
    public string Reason { get; init; } = "";

    [Field("message", 2)]
    public string Message { get; init; } = "";

    [Field("field", 3)]
    public string Field { get; init; } = "";
}

/// <summary>Values of StatusReason.</summary>
public static class StatusReason
{
    public const string Unauthorized = "Unauthorized";
    public const string Forbidden = "Forbidden";
    public const string NotFound = "NotFound";
    public const string AlreadyExists = "AlreadyExists";
    public const string Conflict = "Conflict";
    public const string Gone = "Gone";
    public const string Invalid = "Invalid";
    public const string ServerTimeout = "ServerTimeout";
    public const string StorageReadError = "StorageReadError";
    public const string Timeout = "Timeout";
    public const string TooManyRequests = "TooManyRequests";
    public const string BadRequest = "BadRequest";
    public const string MethodNotAllowed = "MethodNotAllowed";
    public const string NotAcceptable = "NotAcceptable";
    public const string RequestEntityTooLarge = "RequestEntityTooLarge";
    public const string UnsupportedMediaType = "UnsupportedMediaType";
    public const string InternalError = "InternalError";
    public const string Expired = "Expired";
    public const string ServiceUnavailable = "ServiceUnavailable";
}

/// <summary>Values of CauseType.</summary>
public static class CauseType
{
    public const string FieldValueNotFound = "FieldValueNotFound";
    public const string FieldValueRequired = "FieldValueRequired";
    public const string FieldValueDuplicate = "FieldValueDuplicate";
    public const string FieldValueInvalid = "FieldValueInvalid";
    public const string FieldValueNotSupported = "FieldValueNotSupported";
    public const string FieldValueForbidden = "FieldValueForbidden";
    public const string FieldValueTooLong = "FieldValueTooLong";
    public const string FieldValueTooMany = "FieldValueTooMany";
    public const string InternalError = "InternalError";
    public const string FieldValueTypeInvalid = "FieldValueTypeInvalid";
    public const string UnexpectedServerResponse = "UnexpectedServerResponse";
    public const string FieldManagerConflict = "FieldManagerConflict";
    public const string ResourceVersionTooLarge = "ResourceVersionTooLarge";
}
