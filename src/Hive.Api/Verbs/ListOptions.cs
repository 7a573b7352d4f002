using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hive.Api.Http;

namespace Hive.Api.Verbs;

/// <summary>How old a list may be.</summary>
public enum ListFreshness : byte { Newest, Any, NotOlderThan, Exact }

/// <summary>A continue token: the revision that the list is of, and the key below the resource's prefix with which it goes on.</summary>
public sealed record ContinueToken(
    [property: JsonPropertyName("v")] string Version, [property: JsonPropertyName("rv")] long Revision, [property: JsonPropertyName("start")] string Start)
{
    private const string Current = "meta.k8s.io/v1";

    public static ContinueToken At(long revision, string start) => new(Current, revision, start);

    public string Encode() => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(this, ContinueTokenJson.Default.ContinueToken));

    public static Outcome<ContinueToken> Decode(string text)
    {
        try
        {
            if (!Base64Url.IsValid(text)) return Bad("illegal base64 data");
            ContinueToken? token = JsonSerializer.Deserialize(Base64Url.DecodeFromChars(text), ContinueTokenJson.Default.ContinueToken);
            if (token is null || token.Version != Current) return Bad("server does not recognize this encoded version");
            if (string.IsNullOrEmpty(token.Start)) return Bad("encoded start key was empty");
            if (token.Revision == 0) return Bad("incorrect encoded start resourceVersion");
            bool outside = token.Start.StartsWith('/') || token.Start.Contains("..", StringComparison.Ordinal);
            return outside ? Bad($"encoded start key was not valid: {token.Start}") : token;
        }
        catch (JsonException wrong)
        {
            return Bad(wrong.Message);
        }
    }

    private static Refusal Bad(string why) => Refusals.BadRequest($"continue key is not valid: {why}");
}

[JsonSerializable(typeof(ContinueToken))]
internal sealed partial class ContinueTokenJson : JsonSerializerContext;

/// <summary>What a list was asked for.</summary>
/// <param name="Limit">Zero: all.</param>
public sealed record ListOptions(ListFreshness Freshness, long Revision, long Limit, ContinueToken? Continue)
{
    public static Outcome<ListOptions> Read(QueryParameters query)
    {
        if (!query.Number("limit").TryGet(out long? limit, out Refusal? refusal)) return refusal;
        if (!query.ResourceVersion().TryGet(out ulong? revision, out refusal)) return refusal;
        string match = query.Text("resourceVersionMatch");
        if (match.Length > 0 && revision is null) return Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided");
        if (match is not ("" or "Exact" or "NotOlderThan"))
        {
            return Invalid("FieldValueNotSupported", "resourceVersionMatch", $"Unsupported value: \"{match}\": supported values: \"Exact\", \"NotOlderThan\", \"\"");
        }
        if (match == "Exact" && revision == 0) return Forbidden("resourceVersionMatch", "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
        if (query.Has("sendInitialEvents")) return Forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list");
        ContinueToken? token = null;
        if (query.Text("continue").Length > 0)
        {
            if (revision is > 0) return Refusals.BadRequest("specifying resource version is not allowed when using continue");
            if (match.Length > 0) return Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided");
            if (!ContinueToken.Decode(query.Text("continue")).TryGet(out token, out refusal)) return refusal;
        }
        ListFreshness freshness = revision switch
        {
            null => ListFreshness.Newest,
            0 => ListFreshness.Any,
            _ when match == "Exact" || (match.Length == 0 && limit > 0) => ListFreshness.Exact,
            _ => ListFreshness.NotOlderThan,
        };
        return new ListOptions(freshness, (long)(revision ?? 0), Math.Max(0, limit ?? 0), token);
    }

    private static Refusal Forbidden(string field, string message) => Invalid("FieldValueForbidden", field, $"Forbidden: {message}");

    private static Refusal Invalid(string reason, string field, string message) => Refusals.Invalid("ListOptions", "meta.k8s.io", "", reason, field, message);
}
