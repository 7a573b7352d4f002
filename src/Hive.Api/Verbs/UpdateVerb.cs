using Hive.Api.Http;
using Hive.Objects;

namespace Hive.Api.Verbs;

/// <summary>PUT on an object or its status.</summary>
public sealed class UpdateVerb(ObjectWriter writer, Presentation presentation)
{
    public async ValueTask<Refusal?> RunAsync(ResourceCall call)
    {
        if (!call.Media.TryGet(out MediaChoice media, out Refusal? refusal)) return refusal;
        if (!WriteOptions.Read(call.Request, "UpdateOptions").TryGet(out WriteOptions? options, out refusal)) return refusal;
        Outcome<HiveObject> body = await BodyDecoding.ReadAsync<HiveObject>(call.Request, call.Kind.Schema, call.Kind.ApiVersion, call.Kind.Kind, options.Validation);
        if (!body.TryGet(out HiveObject? value, out refusal)) return refusal;
        if (!CreateVerb.InPlace(call, value).TryGet(out value, out refusal)) return refusal;
        if (value.Metadata.Name.Length == 0)
        {
            return Refusals.Invalid(call.Kind.Kind, call.Kind.Group, call.Name, CauseType.FieldValueRequired, "metadata.name", "Required value: name is required");
        }
        if (value.Metadata.Name != call.Name) return Refusals.BadRequest($"the name of the object ({value.Metadata.Name}) does not match the name on the URL ({call.Name})");
        if (value.Metadata.ResourceVersion.Length > 0 && !ulong.TryParse(value.Metadata.ResourceVersion, out _))
        {
            return Refusals.Invalid(call.Kind.Kind, call.Kind.Group, call.Name, CauseType.FieldValueInvalid, "metadata.resourceVersion", $"Invalid value: \"{value.Metadata.ResourceVersion}\": must be an unsigned integer");
        }
        Outcome<WriteAnswer> written = await writer.UpdateAsync(
            call.Kind, call.Namespace, call.Name, call.Subresource, options.By(call.Request.User), _ => value, call.Cancellation);
        if (!written.TryGet(out WriteAnswer answer, out refusal))
        {
            bool create = refusal.Code == 404 && call.Kind.Kind == "Lease" && call.Subresource.Length == 0;
            return create ? await CreateAsync(call, media, options, value) : refusal;
        }
        await presentation.AnswerAsync(call.Request, media, call.Kind, answer.Value);
        return null;
    }

    /// <summary>Leases may be made by PUT: clients of old rely on it.</summary>
    private async ValueTask<Refusal?> CreateAsync(ResourceCall call, MediaChoice media, WriteOptions options, HiveObject value)
    {
        if (value.Metadata.ResourceVersion.Length > 0) return call.NotFound();
        Outcome<HiveObject> created = await writer.CreateAsync(call.Kind, value, options.By(call.Request.User), call.Cancellation);
        if (!created.TryGet(out HiveObject? stored, out Refusal? refusal)) return refusal;
        await presentation.AnswerAsync(call.Request, media, call.Kind, stored, 201);
        return null;
    }
}
