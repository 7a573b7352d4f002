using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hive.Api.Http;
using Hive.Objects;

namespace Hive.Api.Verbs;

/// <summary>PATCH with <c>application/apply-patch+yaml</c>: server-side apply. Creates what is not there.</summary>
public sealed class ApplyVerb(ObjectWriter writer, Presentation presentation, TimeProvider time, ApiLimits limits)
{
    public async ValueTask<Refusal?> RunAsync(ResourceCall call)
    {
        if (!call.Media.TryGet(out MediaChoice media, out Refusal? refusal)) return refusal;
        if (!WriteOptions.Read(call.Request, "PatchOptions").TryGet(out WriteOptions? options, out refusal)) return refusal;
        if (call.Request.Query.Text("fieldManager").Length == 0)
        {
            return Refusals.Invalid("PatchOptions", "meta.k8s.io", "", CauseType.FieldValueRequired, "fieldManager", "Required value: is required for apply patch");
        }
        Outcome<JsonObject> read = await ReadAsync(call, options);
        if (!read.TryGet(out JsonObject? applied, out refusal)) return refusal;
        bool force = call.Request.Query.Flag("force");
        WriteIntent intent = options.By(call.Request.User) with { Applies = true };
        for (int attempt = 0; attempt < limits.ConflictRetries; attempt++)
        {
            Outcome<WriteAnswer> written = await writer.UpdateAsync(
                call.Kind, call.Namespace, call.Name, call.Subresource, intent, current => Merge(call, current, applied, options, force), call.Cancellation);
            if (written.TryGet(out WriteAnswer answer, out refusal))
            {
                await presentation.AnswerAsync(call.Request, media, call.Kind, answer.Value);
                return null;
            }
            if (refusal.Code != 404 || call.Subresource.Length > 0) return refusal;
            if (!Merge(call, null, applied, options, force).TryGet(out HiveObject? fresh, out refusal)) return refusal;
            Outcome<HiveObject> created = await writer.CreateAsync(call.Kind, fresh, intent, call.Cancellation);
            if (created.TryGet(out HiveObject? stored, out refusal))
            {
                await presentation.AnswerAsync(call.Request, media, call.Kind, stored, 201);
                return null;
            }
            // Somebody made it in between: then it is there to be changed.
            if (refusal.Reason != StatusReason.AlreadyExists) return refusal;
        }
        return Refusals.Modified(call.Kind.Plural, call.Kind.Group, call.Name);
    }

    private static async ValueTask<Outcome<JsonObject>> ReadAsync(ResourceCall call, WriteOptions options)
    {
        Outcome<byte[]> body = await call.Request.ReadBodyAsync();
        if (!body.TryGet(out byte[]? bytes, out Refusal? refusal)) return refusal;
        if (!YamlBody.ToJson(bytes, call.Request.Limits).TryGet(out byte[]? json, out refusal)) return refusal;
        // Read as the kind first: that tells of unknown fields, wrong types and another kind.
        Outcome<HiveObject> decoded = BodyDecoding.Decode<HiveObject>(call.Request, call.Kind.Schema, call.Kind.ApiVersion, call.Kind.Kind, options.Validation, json, WireFormat.Json);
        if (!decoded.TryGet(out HiveObject? value, out refusal)) return refusal;
        if (value.Metadata.ManagedFields.Count > 0) return Refusals.BadRequest("metadata.managedFields must be nil");
        if (value.Metadata.Name.Length > 0 && value.Metadata.Name != call.Name) return Refusals.BadRequest($"the name of the object ({value.Metadata.Name}) does not match the name on the URL ({call.Name})");
        if (!CreateVerb.InPlace(call, value).TryGet(out _, out refusal)) return refusal;
        var document = (JsonObject)JsonNode.Parse(json, null, new JsonDocumentOptions { MaxDepth = call.Request.Limits.BodyDepth })!;
        var metadata = document["metadata"] as JsonObject ?? [];
        metadata["name"] = call.Name;
        if (call.Kind.Namespaced) metadata["namespace"] = call.Namespace;
        if (metadata.Parent is null) document["metadata"] = metadata;
        return document;
    }

    private Outcome<HiveObject> Merge(ResourceCall call, HiveObject? current, JsonObject applied, WriteOptions options, bool force)
    {
        string part = call.Subresource == "status" ? "status" : "";
        ApplyOutcome outcome = ServerSideApply.Apply(call.Kind, current, applied, options.FieldManager, force, part, Time.From(time.GetUtcNow()));
        if (!outcome.Ok) return Conflict(outcome.ConflictStatus());
        if (current is not null && !outcome.Changed) return current;
        Decoded<object> decoded = HiveJson.Read(call.Kind.Schema, Encoding.UTF8.GetBytes(outcome.Value.ToJsonString()));
        if (!decoded.Ok) return Refusals.BadRequest(decoded.Error);
        var merged = (HiveObject)decoded.Value;
        bool pinned = applied["metadata"]?["resourceVersion"] is not null;
        return pinned ? merged : merged with { Metadata = merged.Metadata with { ResourceVersion = "" } };
    }

    private static Refusal Conflict(Status status) => new(status.Code, status.Reason, status.Message)
    {
        Details = new RefusalDetails(Causes: [.. status.Details!.Causes.Select(cause => new RefusalCause(cause.Reason, cause.Message, cause.Field))]),
    };
}
