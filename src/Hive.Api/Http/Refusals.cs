using System.Collections.Immutable;
using System.Globalization;

namespace Hive.Api.Http;

/// <summary>The refusals of the face, each with the code, reason and text that Kubernetes clients know.</summary>
public static class Refusals
{
    public static readonly Refusal Unauthorized = new(401, "Unauthorized", "Unauthorized");

    public static readonly Refusal NoSuchResource =
        new(404, "NotFound", "the server could not find the requested resource") { Details = new() };

    public static readonly Refusal PageNotFound = new(404, "NotFound", "404 page not found") { PlainText = true };

    public static readonly Refusal MethodNotAllowed =
        new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource") { Details = new() };

    public static readonly Refusal UnsupportedPatchType =
        new(415, "UnsupportedMediaType", "415: Unsupported Media Type") { Details = new() };

    public static readonly Refusal UnsupportedMediaType = new(415, "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf");

    public static readonly Refusal NotAcceptable = new(406, "NotAcceptable", "406: Not Acceptable") { Details = new() };

    public static readonly Refusal NotAcceptableShape = new(406, "NotAcceptable",
        "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf");

    public static readonly Refusal NotAcceptableWatch = new(406, "NotAcceptable",
        "only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch");

    public static readonly Refusal Overloaded = new(429, "TooManyRequests", "Too many requests, please try again later.")
    {
        Details = new(RetryAfterSeconds: 1),
    };

    public static readonly Refusal BadDuration = BadRequest("timeout is not a valid duration");

    public static Refusal BadRequest(string message) => new(400, "BadRequest", message);

    /// <summary>A resource as messages name it: <c>pods</c>, <c>deployments.apps</c>.</summary>
    public static string Qualified(string resource, string group) => group.Length == 0 ? resource : $"{resource}.{group}";

    public static Refusal NotFound(string resource, string group, string name) =>
        new(404, "NotFound", $"{Qualified(resource, group)} \"{name}\" not found") { Details = new(name, group, resource) };

    public static Refusal AlreadyExists(string resource, string group, string name) =>
        new(409, "AlreadyExists", $"{Qualified(resource, group)} \"{name}\" already exists") { Details = new(name, group, resource) };

    public static Refusal Conflict(string resource, string group, string name, string why) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {Qualified(resource, group)} \"{name}\": {why}") { Details = new(name, group, resource) };

    public static Refusal Modified(string resource, string group, string name) => Conflict(resource, group, name,
        "the object has been modified; please apply your changes to the latest version and try again");

    public static Refusal Forbidden(string resource, string group, string name, string why, ImmutableArray<RefusalCause> causes = default)
    {
        string subject = name.Length == 0 ? Qualified(resource, group) : $"{Qualified(resource, group)} \"{name}\"";
        return new(403, "Forbidden", $"{subject} is forbidden: {why}") { Details = new(name, group, resource, Causes: causes) };
    }

    /// <summary>Content that breaks rules. <paramref name="kind"/> is the kind, not the resource.</summary>
    public static Refusal Invalid(string kind, string group, string name, ImmutableArray<RefusalCause> causes)
    {
        IEnumerable<string> parts = causes.Select(cause => $"{(cause.Field.Length == 0 ? "<nil>" : cause.Field)}: {cause.Message}");
        string text = causes.Length == 1 ? parts.First() : $"[{string.Join(", ", parts)}]";
        return new(422, "Invalid", $"{Qualified(kind, group)} \"{name}\" is invalid: {text}") { Details = new(name, group, kind, Causes: causes) };
    }

    public static Refusal Invalid(string kind, string group, string name, string reason, string field, string message) =>
        Invalid(kind, group, name, [new RefusalCause(reason, message, field)]);

    public static Refusal TooLarge(long limit) =>
        new(413, "RequestEntityTooLarge", $"Request entity too large: limit is {limit.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>History before this revision was forgotten.</summary>
    public static Refusal Expired(string message, string @continue = "") => new(410, "Expired", message) { Continue = @continue };

    public static Refusal TooNew(long asked, long current) =>
        new(504, "Timeout", string.Create(CultureInfo.InvariantCulture, $"Timeout: Too large resource version: {asked}, current: {current}"))
        {
            Details = new(Causes: [new RefusalCause("ResourceVersionTooLarge", "Too large resource version")], RetryAfterSeconds: 1),
        };

    public static Refusal Unavailable(string message, int retryAfterSeconds = 1) =>
        new(503, "ServiceUnavailable", message) { Details = new(RetryAfterSeconds: retryAfterSeconds) };

    /// <summary>The write may or may not have happened: the honest third answer.</summary>
    public static Refusal UnknownFate(string why) =>
        new(504, "Timeout", $"Timeout: {why}; the write may or may not have taken effect: read before trying again") { Details = new(RetryAfterSeconds: 1) };

    public static Refusal NotImplemented(string message) => new(501, "NotImplemented", message);

    public static Refusal Internal(string message) =>
        new(500, "InternalError", $"Internal error occurred: {message}") { Details = new(Causes: [new RefusalCause("", message)]) };
}
