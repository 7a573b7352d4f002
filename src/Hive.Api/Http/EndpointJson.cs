using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Hive.Api.Drones;
using Hive.Api.Tasks;

namespace Hive.Api.Http;

/// <summary>What the bodies and answers of Hive's own endpoints are made of.</summary>
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(JoinRequest))]
[JsonSerializable(typeof(JoinAnswer))]
[JsonSerializable(typeof(RenewRequest))]
[JsonSerializable(typeof(RenewAnswer))]
[JsonSerializable(typeof(SessionRecord))]
[JsonSerializable(typeof(SessionRequest))]
[JsonSerializable(typeof(SessionAnswer))]
[JsonSerializable(typeof(StatusRequest))]
[JsonSerializable(typeof(StatusAnswer))]
[JsonSerializable(typeof(SubmitRequest))]
[JsonSerializable(typeof(TaskRecord))]
internal sealed partial class EndpointTypes : JsonSerializerContext;

/// <summary>JSON of Hive's own endpoints: camel case, nothing that is null.</summary>
public static class EndpointJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.Strict,
        TypeInfoResolver = EndpointTypes.Default,
    };

    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T)));

    /// <summary>The body as <typeparamref name="T"/>; a refusal says what is wrong with it.</summary>
    public static Outcome<T> Read<T>(ReadOnlySpan<byte> json) where T : class
    {
        try
        {
            T? value = JsonSerializer.Deserialize(json, (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T)));
            return value is null ? Refusals.BadRequest("the body must be a JSON object") : value;
        }
        catch (JsonException wrong)
        {
            return Refusals.BadRequest($"the body is not the JSON expected here: {wrong.Message}");
        }
    }
}
