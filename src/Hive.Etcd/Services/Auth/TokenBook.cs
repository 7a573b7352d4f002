using System.Collections.Concurrent;
using Google.Protobuf;
using Hive.Etcd.Rpc;
using Hive.Queen;

namespace Hive.Etcd.Services.Auth;

/// <summary>What a valid token says: who it was given to, and at which revision of users and roles.</summary>
internal readonly record struct TokenClaims(string User, ulong Revision);

/// <summary>Gives tokens of the kind that was chosen, and reads those of either kind: any member takes what any other gave.</summary>
internal sealed class TokenBook(IQueen queen, EtcdFaceOptions options) : IAsyncDisposable
{
    private readonly SimpleTokens _simple = new(queen, options);
    private readonly ConcurrentDictionary<string, SignedClaims> _signed = new(StringComparer.Ordinal);

    /// <summary>A token for a user whose credentials were found right.</summary>
    public async ValueTask<RpcResult<string>> GiveAsync(AuthState state, string user, CancellationToken cancellation) => options.AuthToken == AuthTokenKind.Simple
        ? await _simple.GiveAsync(new TokenClaims(user, state.Record.Revision), cancellation)
        : JsonWebTokens.Make(state.Record.TokenKey.Span, user, state.Record.Revision, options.Time.GetUtcNow() + options.AuthTokenLife);

    /// <summary>Null: no token that was given, or one whose time is over.</summary>
    public TokenClaims? Read(AuthState state, string token) => SimpleTokens.HasForm(token) ? _simple.Read(token) : ReadSigned(state, token);

    /// <summary>Whether the token was given at a state that this member has not applied yet, as far as it can tell.</summary>
    public bool IsAhead(AuthState state, string token) =>
        state.IsEnabled && (Read(state, token) is { } claims ? claims.Revision > state.Record.Revision : SimpleTokens.HasForm(token));

    public ValueTask DisposeAsync() => _simple.DisposeAsync();

    /// <summary>A signature is checked once: the same key and text stay right until the token's time is over.</summary>
    private TokenClaims? ReadSigned(AuthState state, string token)
    {
        var now = options.Time.GetUtcNow();
        var key = state.Record.TokenKey;
        if (_signed.TryGetValue(token, out var known) && known.Key.Equals(key)) return known.Expires > now ? known.Claims : null;
        if (JsonWebTokens.Read(key.Span, token, now, out var expires) is not { } claims) return null;
        if (_signed.Count >= options.Limits.TokensRemembered) _signed.Clear();
        _signed[token] = new SignedClaims(key, claims, expires);
        return claims;
    }

    private sealed record SignedClaims(ByteString Key, TokenClaims Claims, DateTimeOffset Expires);
}
