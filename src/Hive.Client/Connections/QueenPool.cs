using System.Net;
using System.Net.Sockets;

namespace Hive.Client.Connections;

/// <summary>What is known of a request that got no answer.</summary>
public enum Fate
{
    /// <summary>It was answered.</summary>
    Answered,

    /// <summary>It certainly did not take effect: no queen was reached, or each refused before proposing.</summary>
    NotDone,

    /// <summary>It was sent and may or may not take effect. Never retried by the client.</summary>
    Unknown,
}

/// <summary>Outcome of a request sent through the pool: a response, or why there is none.</summary>
public readonly record struct PoolResult(HttpResponseMessage? Response, Fate Fate, string Problem);

/// <summary>
/// Sends a request to one of the queens, failing over by itself: a queen that cannot be connected, or says that it has no leader, is passed
/// over. A read is repeated freely; a write only where it certainly did not take effect.
/// </summary>
public sealed class QueenPool : IDisposable
{
    /// <summary>How long the pool goes on trying before it gives up: several elections.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    private readonly HttpClient _http;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _patience;
    private readonly Uri[] _queens;
    private int _preferred;

    /// <param name="patience">How long to go on trying; zero asks each request once. Default <see cref="Patience"/>.</param>
    public QueenPool(IReadOnlyList<Uri> queens, ClientCredentials credentials, TimeProvider? clock = null, TimeSpan? patience = null)
        : this(queens, ClientHandlers.Create(credentials), credentials.Token, clock, patience)
    {
    }

    /// <summary>For tests: any handler may stand for the network.</summary>
    public QueenPool(IReadOnlyList<Uri> queens, HttpMessageHandler handler, string? token = null, TimeProvider? clock = null, TimeSpan? patience = null)
    {
        if (queens.Count == 0) throw new ArgumentException("at least one queen is needed", nameof(queens));
        _queens = [.. queens];
        _clock = clock ?? TimeProvider.System;
        _patience = patience ?? Patience;
        _http = new HttpClient(handler)
        {
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        if (token is not null) _http.DefaultRequestHeaders.Authorization = new("Bearer", token);
    }

    /// <summary>The queen that answered last.</summary>
    public Uri Preferred => _queens[Volatile.Read(ref _preferred)];

    /// <summary>All queens, in the order in which they were given.</summary>
    public IReadOnlyList<Uri> Queens => _queens;

    /// <summary>
    /// Sends; <paramref name="make"/> is called once for each try with the queen's base address. Only the response's headers are awaited.
    /// </summary>
    /// <param name="repeatable">True for reads and for writes that may safely happen twice.</param>
    public async Task<PoolResult> SendAsync(Func<Uri, HttpRequestMessage> make, bool repeatable, CancellationToken cancellation)
    {
        long start = _clock.GetTimestamp();
        TimeSpan pause = FirstPause;
        var problems = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (int attempt = 1; ; attempt++)
        {
            int at = Volatile.Read(ref _preferred);
            Uri queen = _queens[at];
            Fate fate;
            try
            {
                using HttpRequestMessage request = make(queen);
                HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
                if (!IsRefusedUntouched(response)) return new PoolResult(response, Fate.Answered, "");
                problems[queen.Authority] = $"{(int)response.StatusCode} {response.ReasonPhrase}";
                response.Dispose();
                fate = Fate.NotDone;
            }
            catch (HttpRequestException failure)
            {
                fate = WasSent(failure) ? Fate.Unknown : Fate.NotDone;
                problems[queen.Authority] = Innermost(failure);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                // Nothing but the connecting has a time limit of its own here.
                fate = Fate.NotDone;
                problems[queen.Authority] = "no connection in time";
            }
            Interlocked.CompareExchange(ref _preferred, (at + 1) % _queens.Length, at);
            bool tired = _clock.GetElapsedTime(start) >= _patience;
            if (tired || (fate == Fate.Unknown && !repeatable))
            {
                return new PoolResult(null, fate, string.Join("; ", problems.Select(p => $"{p.Key}: {p.Value}")));
            }
            if (attempt % _queens.Length != 0) continue;
            await Task.Delay(pause, _clock, cancellation);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>503 with Retry-After is a queen's promise that nothing was proposed.</summary>
    private static bool IsRefusedUntouched(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.ServiceUnavailable && response.Headers.RetryAfter is not null;

    private static bool WasSent(HttpRequestException failure) =>
        failure.HttpRequestError is not (HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError);

    private static string Innermost(Exception failure)
    {
        while (failure.InnerException is { } inner) failure = inner;
        return failure is SocketException socket ? socket.SocketErrorCode.ToString() : failure.Message;
    }
}
