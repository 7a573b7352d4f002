using System.Text.Json.Nodes;
using Hive.Api.Http;
using Hive.Objects;

namespace Hive.Api.Verbs;

/// <summary>Reads a patch once, and applies it to whatever the object then is.</summary>
public sealed class PatchApplication
{
    /// <summary>The patch as a function of the present object. The schema, version and kind are those of what is patched (the object, or its scale).</summary>
    public async ValueTask<Outcome<Func<HiveObject, Outcome<HiveObject>>>> ReadAsync(ResourceCall call, WriteOptions options, TypeSchema schema, string apiVersion, string kind)
    {
        string type = MediaTypes.Bare(call.Request.Http.Request.ContentType ?? "");
        if (type is not (MediaTypes.JsonPatch or MediaTypes.MergePatch or MediaTypes.StrategicPatch)) return Refusals.UnsupportedPatchType;
        Outcome<byte[]> read = await call.Request.ReadBodyAsync();
        if (!read.TryGet(out byte[]? body, out Refusal? refusal)) return refusal;
        if (JsonTexts.Problem(body, call.Request.Limits.BodyDepth) is { } problem) return Refusals.BadRequest(problem);
        var told = new ToldProblems();
        return new Outcome<Func<HiveObject, Outcome<HiveObject>>>(current =>
        {
            PatchOutcome patched = Apply(type, HiveJson.ToNode(current), body, schema);
            return patched.Ok ? Decode(call, options, schema, apiVersion, kind, patched.Value!, told) : Refuse(patched);
        });
    }

    private static PatchOutcome Apply(string type, JsonObject current, byte[] body, TypeSchema schema) => type switch
    {
        MediaTypes.JsonPatch => JsonPatch.Apply(current, body),
        MediaTypes.MergePatch => MergePatch.Apply(current, body),
        _ => StrategicMergePatch.Apply(current, body, schema),
    };

    private static Refusal Refuse(PatchOutcome patched) => patched.Failure == PatchFailure.Malformed
        ? Refusals.BadRequest(patched.Error)
        : new Refusal(422, StatusReason.Invalid, $"the server rejected our request due to an error in our request: {patched.Error}")
        {
            // Without a kind, so that clients print the message and not only that the object is invalid.
            Details = new RefusalDetails(),
        };

    private static Outcome<HiveObject> Decode(ResourceCall call, WriteOptions options, TypeSchema schema, string apiVersion, string kind, JsonObject patched, ToldProblems told)
    {
        byte[] json = System.Text.Encoding.UTF8.GetBytes(patched.ToJsonString());
        Decoded<object> decoded = BodyReader.Read(schema, apiVersion, kind, json, BodyFormat.Json, strict: options.Validation != FieldValidation.Ignore);
        if (!decoded.Ok)
        {
            return Refusals.Invalid("", "", "", CauseType.FieldValueInvalid, "patch", $"Invalid value: {decoded.Error}") with { Details = new RefusalDetails(Causes: [new(CauseType.FieldValueInvalid, $"Invalid value: {decoded.Error}", "patch")]) };
        }
        IReadOnlyList<string> problems = told.Once ? [] : decoded.Problems;
        told.Once = decoded.Problems.Count > 0;
        if (BodyDecoding.Judge(call.Request, options.Validation, apiVersion, kind, problems) is { } refusal) return refusal;
        return (HiveObject)decoded.Value;
    }

    /// <summary>A patch may be applied several times before it is committed; its warnings are told once.</summary>
    private sealed class ToldProblems
    {
        public bool Once { get; set; }
    }
}
