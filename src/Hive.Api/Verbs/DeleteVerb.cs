using Hive.Api.Http;
using Hive.Objects;

namespace Hive.Api.Verbs;

/// <summary>DELETE on an object.</summary>
public sealed class DeleteVerb(ObjectRemover remover, Presentation presentation, ApiLimits limits)
{
    public async ValueTask<Refusal?> RunAsync(ResourceCall call)
    {
        if (!call.Media.TryGet(out MediaChoice media, out Refusal? refusal)) return refusal;
        if (!(await ReadOptionsAsync(call)).TryGet(out DeleteOptions? options, out refusal)) return refusal;
        Outcome<DeleteAnswer> outcome = await remover.DeleteAsync(call.Kind, call.Namespace, call.Name, options, call.Request.User, call.Cancellation);
        if (!outcome.TryGet(out DeleteAnswer answer, out refusal)) return refusal;
        bool showsObject = !answer.Removed || answer.Value is Pod;
        if (showsObject) await presentation.AnswerAsync(call.Request, media with { Shape = ObjectShape.Full }, call.Kind, answer.Value);
        else await AnswerStatusAsync(call, media, answer.Value);
        return null;
    }

    private ValueTask AnswerStatusAsync(ResourceCall call, MediaChoice media, HiveObject value)
    {
        var details = new RefusalDetails(value.Metadata.Name, call.Kind.Group, call.Kind.Plural, value.Metadata.Uid);
        return media.Format == WireFormat.Protobuf
            ? ResponseWriting.WriteAsync(call.Request.Http, 200, HiveProtobuf.Write(StatusEncoding.SuccessDocument(details)), MediaTypes.Protobuf, limits)
            : ResponseWriting.WriteJsonAsync(call.Request.Http, 200, StatusEncoding.Success(details), media.Format, limits);
    }

    /// <summary>Options come in the body or, for bare clients, in the query.</summary>
    public static async ValueTask<Outcome<DeleteOptions>> ReadOptionsAsync(ResourceCall call)
    {
        Outcome<byte[]> read = await call.Request.ReadBodyAsync();
        if (!read.TryGet(out byte[]? body, out Refusal? refusal)) return refusal;
        var options = new DeleteOptions();
        if (body.Length > 0)
        {
            if (MediaTypes.BodyFormat(call.Request.Http.Request.ContentType) is not { } format) return Refusals.UnsupportedMediaType;
            Outcome<DeleteOptions> decoded = BodyDecoding.Decode<DeleteOptions>(
                call.Request, TypeSchema.Of(typeof(DeleteOptions)), options.ApiVersion, options.Kind, FieldValidation.Ignore, body, format);
            if (!decoded.TryGet(out options, out refusal)) return refusal;
        }
        else if (!FromQuery(call.Request.Query).TryGet(out options, out refusal))
        {
            return refusal;
        }
        return Check(options) is { } wrong ? wrong : options;
    }

    private static Outcome<DeleteOptions> FromQuery(QueryParameters query)
    {
        if (!query.Number("gracePeriodSeconds").TryGet(out long? grace, out Refusal? refusal)) return refusal;
        return new DeleteOptions
        {
            GracePeriodSeconds = grace,
            PropagationPolicy = query.Has("propagationPolicy") ? query.Text("propagationPolicy") : null,
            OrphanDependents = query.Has("orphanDependents") ? query.Flag("orphanDependents") : null,
            DryRun = [.. query.All("dryRun").Where(value => value.Length > 0)],
        };
    }

    private static Refusal? Check(DeleteOptions options)
    {
        if (WriteOptions.CheckDryRun([.. options.DryRun], "DeleteOptions") is { } refusal) return refusal;
        string? policy = options.PropagationPolicy;
        if (policy is not null && options.OrphanDependents is not null)
        {
            return Invalid(CauseType.FieldValueInvalid, "propagationPolicy", $"Invalid value: \"{policy}\": orphanDependents and deletionPropagation cannot be both set");
        }
        if (policy is not (null or DeletionPropagation.Foreground or DeletionPropagation.Background or DeletionPropagation.Orphan))
        {
            return Invalid(CauseType.FieldValueNotSupported, "propagationPolicy", $"Unsupported value: \"{policy}\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"");
        }
        return null;
    }

    private static Refusal Invalid(string reason, string field, string message) => Refusals.Invalid("DeleteOptions", "meta.k8s.io", "", reason, field, message);
}
