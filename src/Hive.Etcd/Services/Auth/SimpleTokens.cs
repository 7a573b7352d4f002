using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Google.Protobuf;
using Hive.Etcd.Messages;
using Hive.Etcd.Rpc;
using Hive.Queen;
using Hive.Store;

namespace Hive.Etcd.Services.Auth;

/// <summary>
/// Tokens as etcd's "simple" ones look: sixteen random letters, a dot, a number. Each is a record of the store under its digest (whoever reads a backup finds
/// no token), so that every member takes it. It lives in log time; use in the second half of its life prolongs it, by one entry for all uses.
/// What has ended is removed by the leader.
/// </summary>
internal sealed class SimpleTokens : IAsyncDisposable
{
    private const int Letters = 16;
    private const int RenewalsAhead = 1024;
    private const int RemovedAtOnce = 256;
    private static readonly byte[] Prefix = Encoding.ASCII.GetBytes("etcd/token/");

    private readonly IQueen _queen;
    private readonly EtcdFaceOptions _options;
    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);
    private readonly Channel<string> _renewals = Channel.CreateBounded<string>(new BoundedChannelOptions(RenewalsAhead) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _renewing;
    private readonly Task _removing;

    public SimpleTokens(IQueen queen, EtcdFaceOptions options)
    {
        (_queen, _options) = (queen, options);
        _renewing = RenewUsedAsync();
        _removing = RemoveEndedAsync();
    }

    /// <summary>Whether the text can be such a token at all: a JSON web token has two dots.</summary>
    public static bool HasForm(string token) =>
        token.IndexOf('.', StringComparison.Ordinal) == Letters && long.TryParse(token.AsSpan(Letters + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _);

    public async ValueTask<RpcResult<string>> GiveAsync(TokenClaims claims, CancellationToken cancellation)
    {
        if (_queen.Store.Snapshot().Records(Prefix).Take(_options.Limits.SimpleTokens).Count() == _options.Limits.SimpleTokens) return EtcdErrors.TooManyRequests;
        var letters = RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", Letters);
        var token = string.Create(CultureInfo.InvariantCulture, $"{letters}.{_queen.Store.AppliedIndex.Value}");
        var code = await WriteAsync(token, 0, Record(claims), cancellation);
        return code == QueenCode.Ok ? token : EtcdErrors.Of(code);
    }

    public TokenClaims? Read(string token)
    {
        var now = _queen.Now.Log;
        if (!_known.TryGetValue(token, out var known) || known.Expires <= now)
        {
            if (Find(token) is not { } found) return null;
            known = new Known(new TokenClaims(found.Token.User, found.Token.Revision), new LogTime(found.Token.Expires));
            if (known.Expires <= now) return null;
            if (_known.Count >= _options.Limits.TokensRemembered) _known.Clear();
            _known[token] = known;
        }
        if (known.Expires - now < _options.AuthTokenLife / 2 && known.TryMarkRenewing()) _renewals.Writer.TryWrite(token);
        return known.Claims;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_renewing, _removing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task RenewUsedAsync()
    {
        await foreach (var token in _renewals.Reader.ReadAllAsync(_stopping.Token))
        {
            if (Find(token) is { } found) await WriteAsync(token, found.Version, Record(new TokenClaims(found.Token.User, found.Token.Revision)), _stopping.Token);
            _known.TryRemove(token, out _);
        }
    }

    private async Task RemoveEndedAsync()
    {
        using var timer = new PeriodicTimer(_options.AuthTokenLife / 4, _options.Time);
        while (await timer.WaitForNextTickAsync(_stopping.Token))
        {
            if (!_queen.Status.IsLeader) continue;
            var now = _queen.Now.Log.Ticks;
            foreach (var (name, version, value) in _queen.Store.Snapshot().Records(Prefix).Where(record => AuthToken.Parser.ParseFrom(record.Value.Span).Expires <= now).Take(RemovedAtOnce))
                await _queen.ProposeAsync(new SetRecordCommand(name, version, default), _stopping.Token);
        }
    }

    private AuthToken Record(TokenClaims claims) =>
        new() { User = claims.User, Revision = claims.Revision, Expires = (_queen.Now.Log + _options.AuthTokenLife).Ticks };

    private async ValueTask<QueenCode> WriteAsync(string token, long version, AuthToken record, CancellationToken cancellation) =>
        (await _queen.ProposeAsync(new SetRecordCommand(Name(token), version, record.ToByteArray()), cancellation)).Code;

    private (long Version, AuthToken Token)? Find(string token) =>
        _queen.Store.Snapshot().Record(Name(token)) is { } record ? (record.Version, AuthToken.Parser.ParseFrom(record.Value.Span)) : null;

    private static byte[] Name(string token) => [.. Prefix, .. SHA256.HashData(Encoding.UTF8.GetBytes(token))];

    private sealed class Known(TokenClaims claims, LogTime expires)
    {
        private int _renewing;

        public TokenClaims Claims { get; } = claims;
        public LogTime Expires { get; } = expires;

        public bool TryMarkRenewing() => Interlocked.Exchange(ref _renewing, 1) == 0;
    }
}
