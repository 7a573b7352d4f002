using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hive.Api.Http;

/// <summary>JSON of Hive's own endpoints: camel case, nothing that is null.</summary>
public static class EndpointJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.Strict,
    };

    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    /// <summary>The body as <typeparamref name="T"/>; a refusal says what is wrong with it.</summary>
    public static Outcome<T> Read<T>(ReadOnlySpan<byte> json) where T : class
    {
        try
        {
            T? value = JsonSerializer.Deserialize<T>(json, Options);
            return value is null ? Refusals.BadRequest("the body must be a JSON object") : value;
        }
        catch (JsonException wrong)
        {
            return Refusals.BadRequest($"the body is not the JSON expected here: {wrong.Message}");
        }
    }
}
