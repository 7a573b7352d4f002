using Hive.Api.Http;
using Hive.Objects;

namespace Hive.Api.Verbs;

/// <summary>Turns a request's body into an object, with the client's wish about unknown fields.</summary>
public static class BodyDecoding
{
    /// <summary>Reads the body as the given type. Refuses other media types, broken bodies and, if strict, unknown fields; warns where that was wished.</summary>
    public static async ValueTask<Outcome<T>> ReadAsync<T>(ApiRequest request, TypeSchema schema, string apiVersion, string kind, FieldValidation validation)
        where T : TypedDocument
    {
        if (MediaTypes.BodyFormat(request.Http.Request.ContentType) is not { } format) return Refusals.UnsupportedMediaType;
        Outcome<byte[]> read = await request.ReadBodyAsync();
        return read.TryGet(out byte[]? body, out Refusal? refusal) ? Decode<T>(request, schema, apiVersion, kind, validation, body, format) : refusal;
    }

    public static Outcome<T> Decode<T>(ApiRequest request, TypeSchema schema, string apiVersion, string kind, FieldValidation validation, byte[] body, WireFormat format)
        where T : TypedDocument
    {
        if (format == WireFormat.Yaml)
        {
            Outcome<byte[]> json = YamlBody.ToJson(body, request.Limits);
            if (!json.TryGet(out body!, out Refusal? wrong)) return wrong;
        }
        BodyFormat form = format == WireFormat.Protobuf ? BodyFormat.Protobuf : BodyFormat.Json;
        Decoded<object> decoded = BodyReader.Read(schema, apiVersion, kind, body, form, strict: validation != FieldValidation.Ignore);
        if (!decoded.Ok) return Refusals.BadRequest(decoded.Error);
        if (Judge(request, validation, apiVersion, kind, decoded.Problems) is { } refusal) return refusal;
        return (T)decoded.Value;
    }

    /// <summary>What unknown and duplicate fields come to: a refusal, warnings, or nothing.</summary>
    public static Refusal? Judge(ApiRequest request, FieldValidation validation, string apiVersion, string kind, IReadOnlyList<string> problems)
    {
        if (problems.Count == 0) return null;
        if (validation == FieldValidation.Strict) return Refusals.BadRequest(BodyReader.StrictError(apiVersion, kind, problems));
        if (validation == FieldValidation.Warn)
        {
            foreach (string problem in problems) request.Warn(problem);
        }
        return null;
    }
}
