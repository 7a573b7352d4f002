using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hive.Etcd.Services.Auth;

/// <summary>
/// Tokens as JSON web tokens (HS256) under a key that all members share through the store: any member checks a token that any other gave, and
/// none has to remember it.
/// </summary>
internal static class JsonWebTokens
{
    public const int KeyBytes = 32;
    private static readonly string Header = Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT"}"""u8);

    public static string Make(ReadOnlySpan<byte> key, string user, ulong revision, DateTimeOffset expires)
    {
        var claims = new JsonObject { ["username"] = user, ["revision"] = revision, ["exp"] = expires.ToUnixTimeSeconds() };
        var signed = $"{Header}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(signed)))}";
    }

    /// <summary>The user and the auth revision that a valid token names; null for any other text.</summary>
    public static TokenClaims? Read(ReadOnlySpan<byte> key, string token, DateTimeOffset now, out DateTimeOffset expires)
    {
        expires = default;
        var cut = token.LastIndexOf('.');
        var middle = token.IndexOf('.', StringComparison.Ordinal);
        if (cut <= middle || key.IsEmpty) return null;
        var signature = new byte[HMACSHA256.HashSizeInBytes];
        if (!TryDecode(token.AsSpan(cut + 1), signature, out var length) || length != signature.Length) return null;
        var expected = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(token[..cut]));
        if (!CryptographicOperations.FixedTimeEquals(signature, expected)) return null;

        // Signed with the shared key, so written by Make.
        using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(token.AsSpan(middle + 1, cut - middle - 1)));
        var root = claims.RootElement;
        expires = DateTimeOffset.FromUnixTimeSeconds(root.GetProperty("exp").GetInt64());
        if (expires <= now) return null;
        return new TokenClaims(root.GetProperty("username").GetString()!, root.GetProperty("revision").GetUInt64());
    }

    private static bool TryDecode(ReadOnlySpan<char> text, Span<byte> bytes, out int length)
    {
        length = 0;
        return Base64Url.IsValid(text, out var decoded) && decoded == bytes.Length && Base64Url.TryDecodeFromChars(text, bytes, out length);
    }
}
