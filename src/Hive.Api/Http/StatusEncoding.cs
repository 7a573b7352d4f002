using Hive.Objects;

namespace Hive.Api.Http;

/// <summary>Refusals and successes as <c>Status</c> objects.</summary>
public static class StatusEncoding
{
    public static byte[] Json(Refusal refusal) => HiveJson.Write(Document(refusal));

    public static byte[] Protobuf(Refusal refusal) => HiveProtobuf.Write(Document(refusal));

    /// <summary>The answer to a write that leaves no object to show.</summary>
    public static byte[] Success(RefusalDetails? details, int code = 0) => HiveJson.Write(SuccessDocument(details, code));

    public static Status SuccessDocument(RefusalDetails? details, int code = 0) =>
        new() { Outcome = "Success", Details = details is null ? null : Details(details), Code = code };

    public static Status Document(Refusal refusal) => new()
    {
        Metadata = new ListMeta { Continue = refusal.Continue },
        Outcome = "Failure",
        Message = refusal.Message,
        Reason = refusal.Reason,
        Details = refusal.Details is null ? null : Details(refusal.Details),
        Code = refusal.Code,
    };

    private static StatusDetails Details(RefusalDetails details) => new()
    {
        Name = details.Name,
        Group = details.Group,
        Kind = details.Kind,
        Uid = details.Uid,
        Causes = details.Causes.IsDefaultOrEmpty
            ? []
            : [.. details.Causes.Select(cause => new StatusCause { Reason = cause.Reason, Message = cause.Message, Field = cause.Field })],
        RetryAfterSeconds = details.RetryAfterSeconds,
    };
}
