using Hive.Api.Http;
using Hive.Objects;

namespace Hive.Api.Verbs;

/// <summary>PATCH on an object or its status.</summary>
public sealed class PatchVerb(ObjectWriter writer, PatchApplication patches, ApplyVerb apply, Presentation presentation)
{
    public async ValueTask<Refusal?> RunAsync(ResourceCall call)
    {
        if (MediaTypes.Bare(call.Request.Http.Request.ContentType ?? "") == MediaTypes.ApplyPatch) return await apply.RunAsync(call);
        if (!call.Media.TryGet(out MediaChoice media, out Refusal? refusal)) return refusal;
        if (!WriteOptions.Read(call.Request, "PatchOptions").TryGet(out WriteOptions? options, out refusal)) return refusal;
        Outcome<Func<HiveObject, Outcome<HiveObject>>> read = await patches.ReadAsync(call, options, call.Kind.Schema, call.Kind.ApiVersion, call.Kind.Kind);
        if (!read.TryGet(out Func<HiveObject, Outcome<HiveObject>>? patch, out refusal)) return refusal;
        Outcome<WriteAnswer> written = await writer.UpdateAsync(
            call.Kind, call.Namespace, call.Name, call.Subresource, options.By(call.Request.User), current => Apply(call, patch, current), call.Cancellation);
        if (!written.TryGet(out WriteAnswer answer, out refusal)) return refusal;
        await presentation.AnswerAsync(call.Request, media, call.Kind, answer.Value);
        return null;
    }

    private static Outcome<HiveObject> Apply(ResourceCall call, Func<HiveObject, Outcome<HiveObject>> patch, HiveObject current)
    {
        if (!patch(current).TryGet(out HiveObject? next, out Refusal? refusal)) return refusal;
        if (next.Metadata.Name != current.Metadata.Name) return Refusals.BadRequest($"the name of the object ({next.Metadata.Name}) does not match the name on the URL ({call.Name})");
        if (next.Metadata.Namespace != current.Metadata.Namespace) return Refusals.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        // A patch that does not speak of the version is for whatever is there; one that does is for that version only.
        bool pinned = next.Metadata.ResourceVersion != current.Metadata.ResourceVersion;
        return pinned ? next : next with { Metadata = next.Metadata with { ResourceVersion = "" } };
    }
}
