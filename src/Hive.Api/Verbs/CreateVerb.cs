using Hive.Api.Http;
using Hive.Objects;

namespace Hive.Api.Verbs;

/// <summary>POST on a collection.</summary>
public sealed class CreateVerb(ObjectWriter writer, Presentation presentation)
{
    public async ValueTask<Refusal?> RunAsync(ResourceCall call)
    {
        if (!call.Media.TryGet(out MediaChoice media, out Refusal? refusal)) return refusal;
        if (!WriteOptions.Read(call.Request, "CreateOptions").TryGet(out WriteOptions? options, out refusal)) return refusal;
        Outcome<HiveObject> body = await BodyDecoding.ReadAsync<HiveObject>(call.Request, call.Kind.Schema, call.Kind.ApiVersion, call.Kind.Kind, options.Validation);
        if (!body.TryGet(out HiveObject? value, out refusal)) return refusal;
        if (!InPlace(call, value).TryGet(out value, out refusal)) return refusal;
        if (value.Metadata.ResourceVersion is not ("" or "0")) return Refusals.BadRequest("resourceVersion should not be set on objects to be created");
        if (value.Metadata.Name.Length == 0 && value.Metadata.GenerateName.Length == 0)
        {
            return Refusals.Invalid(call.Kind.Kind, call.Kind.Group, "", CauseType.FieldValueRequired, "metadata.name", "Required value: name or generateName is required");
        }
        Outcome<HiveObject> created = await writer.CreateAsync(call.Kind, value, options.By(call.Request.User), call.Cancellation);
        if (!created.TryGet(out HiveObject? stored, out refusal)) return refusal;
        await presentation.AnswerAsync(call.Request, media, call.Kind, stored, 201);
        return null;
    }

    /// <summary>The object in the namespace that the URL names; it may leave its own out but not name another.</summary>
    public static Outcome<HiveObject> InPlace(ResourceCall call, HiveObject value)
    {
        string given = value.Metadata.Namespace;
        if (!call.Kind.Namespaced)
        {
            return given.Length == 0 ? value : value with { Metadata = value.Metadata with { Namespace = "" } };
        }
        if (call.Namespace.Length == 0) return Refusals.BadRequest("an empty namespace may not be set during creation");
        if (given.Length > 0 && given != call.Namespace)
        {
            return Refusals.BadRequest($"the namespace of the provided object does not match the namespace sent on the request ({given} does not match {call.Namespace})");
        }
        return given.Length > 0 ? value : value with { Metadata = value.Metadata with { Namespace = call.Namespace } };
    }
}
