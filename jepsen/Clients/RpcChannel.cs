using System.Net;
using Google.Protobuf;
using Hive.Client.Connections;
using Hive.Jepsen.Histories;

namespace Hive.Jepsen.Clients;

/// <summary>How a call ended.</summary>
/// <param name="Fate">Of a write: failed only when nothing can have changed. A read that got no answer failed.</param>
/// <param name="Refused">A member judged it and said no: another one would say the same.</param>
internal readonly record struct RpcAnswer<T>(T? Message, Outcome Fate, string Error, bool Refused = false) where T : class
{
    public bool IsOk => Fate == Outcome.Ok;
}

/// <summary>
/// gRPC calls to one member, or to several in turn. With several, what certainly changed nothing is tried at the next one, and so is what has an
/// idempotency id, whatever became of it; all else is sent once.
/// </summary>
internal sealed class RpcChannel : IDisposable
{
    /// <summary>An answer that takes longer is given up; what was asked may still happen.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private const string RequestIdHeader = "hive-request-id";
    private static readonly TimeSpan PauseBetweenTries = TimeSpan.FromMilliseconds(50);

    private readonly Func<IReadOnlyList<Uri>> _members;
    private readonly HttpClient _http;
    private int _preferred;

    /// <param name="members">Where they are now: a member that was replaced may be elsewhere.</param>
    public RpcChannel(Func<IReadOnlyList<Uri>> members, ClientCredentials credentials)
    {
        _members = members;
        _http = new HttpClient(ClientHandlers.Create(credentials)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public bool FailsOver => _members().Count > 1;

    /// <summary>One answer to one message.</summary>
    /// <param name="writes">Whether the call can change anything.</param>
    /// <param name="requestId">32 hexadecimal digits that make a repetition harmless, or null.</param>
    public async Task<RpcAnswer<T>> CallAsync<T>(string method, IMessage request, MessageParser<T> parser, bool writes, string? requestId, CancellationToken cancellation) where T : class, IMessage<T>
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        byte[] frame = GrpcFrame.Encode(request);
        bool everUnknown = false;
        while (true)
        {
            RpcAnswer<T> answer = await TryAsync(method, frame, parser, writes, requestId, limit.Token);
            if (answer.IsOk) return answer;
            everUnknown |= answer.Fate == Outcome.Unknown;
            RpcAnswer<T> final = everUnknown ? answer with { Fate = Outcome.Unknown } : answer;
            Interlocked.Increment(ref _preferred);
            bool harmless = answer.Fate == Outcome.Failed || requestId is not null;
            if (!FailsOver || !harmless || answer.Refused || limit.IsCancellationRequested) return final;
            await Task.Delay(PauseBetweenTries, limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (limit.IsCancellationRequested) return final;
        }
    }

    /// <summary>An open call whose answers are read as they come. The content decides when the request ends.</summary>
    /// <exception cref="HttpRequestException">It cannot be opened.</exception>
    public Task<HttpResponseMessage> OpenAsync(string method, HttpContent content, CancellationToken cancellation) =>
        _http.SendAsync(GrpcFrame.Request(Member, method, content), HttpCompletionOption.ResponseHeadersRead, cancellation);

    public void Dispose() => _http.Dispose();

    private Uri Member
    {
        get
        {
            IReadOnlyList<Uri> members = _members();
            return members[(int)((uint)Volatile.Read(ref _preferred) % members.Count)];
        }
    }

    private async Task<RpcAnswer<T>> TryAsync<T>(string method, byte[] frame, MessageParser<T> parser, bool writes, string? requestId, CancellationToken limit) where T : class, IMessage<T>
    {
        Outcome lost = writes ? Outcome.Unknown : Outcome.Failed;
        try
        {
            using HttpRequestMessage request = GrpcFrame.Request(Member, method, new ByteArrayContent(frame));
            if (requestId is not null) request.Headers.Add(RequestIdHeader, requestId);
            using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit);
            await using Stream body = await response.Content.ReadAsStreamAsync(limit);
            T? message = await GrpcFrame.ReadAsync(body, parser, limit);
            if (message is not null && await GrpcFrame.ReadAsync(body, parser, limit) is not null) return new RpcAnswer<T>(null, lost, "two answers to one request");
            (int code, string text) = GrpcFrame.Status(response);
            if (code == GrpcCode.Ok && message is not null) return new RpcAnswer<T>(message, Outcome.Ok, "");
            bool notDone = GrpcCode.IsNotDone(code, text);
            return new RpcAnswer<T>(null, !writes || notDone ? Outcome.Failed : Outcome.Unknown, $"{text} (code {code})", notDone && code != GrpcCode.Unavailable);
        }
        catch (HttpRequestException failure)
        {
            bool sent = failure.HttpRequestError is not (HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError);
            return new RpcAnswer<T>(null, sent ? lost : Outcome.Failed, Innermost(failure));
        }
        catch (IOException failure)
        {
            return new RpcAnswer<T>(null, lost, Innermost(failure));
        }
        catch (OperationCanceledException)
        {
            return new RpcAnswer<T>(null, lost, "no answer in time");
        }
    }

    private static string Innermost(Exception failure)
    {
        while (failure.InnerException is { } inner) failure = inner;
        return failure.Message;
    }
}
