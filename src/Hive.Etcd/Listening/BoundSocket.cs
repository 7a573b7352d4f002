using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Hive.Etcd.Listening;

/// <summary>
/// One listening socket. Without TLS nothing tells HTTP/1.1 from HTTP/2 before the first bytes, so each new connection is peeked at:
/// the HTTP/2 preface begins with "PRI", which no HTTP/1.1 request does. The connection then goes, unread, to the queue of its protocol.
/// </summary>
internal sealed partial class BoundSocket(IConnectionListener listener, bool tls, EtcdLimits limits, ILogger logger) : IAsyncDisposable
{
    private readonly Channel<ConnectionContext> _http1 = MakeQueue(limits);
    private readonly Channel<ConnectionContext> _http2 = MakeQueue(limits);
    private readonly CancellationTokenSource _stopping = new();
    private Task? _accepting;

    public IPEndPoint Address => (IPEndPoint)listener.EndPoint;

    public bool Tls => tls;

    /// <summary>The next connection of the protocol; null once the socket is closed.</summary>
    public async ValueTask<ConnectionContext?> AcceptAsync(ClientProtocol protocol, CancellationToken cancellation)
    {
        if (tls) return await listener.AcceptAsync(cancellation);
        var queue = protocol == ClientProtocol.Http1 ? _http1 : _http2;
        while (await queue.Reader.WaitToReadAsync(cancellation))
            if (queue.Reader.TryRead(out var connection)) return connection;
        return null;
    }

    /// <summary>Begins to accept. Called once by each logical endpoint; the first call counts.</summary>
    public void Start()
    {
        if (!tls) _accepting ??= AcceptLoopAsync();
    }

    /// <summary>Takes no more connections.</summary>
    public async ValueTask UnbindAsync()
    {
        await listener.UnbindAsync();
        await _stopping.CancelAsync();
        if (_accepting is { } accepting) await accepting;
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync();
        await listener.DisposeAsync();
    }

    private static Channel<ConnectionContext> MakeQueue(EtcdLimits limits) =>
        Channel.CreateBounded<ConnectionContext>(new BoundedChannelOptions(limits.AcceptQueue) { SingleWriter = false });

    private async Task AcceptLoopAsync()
    {
        await Task.Yield();
        try
        {
            while (await listener.AcceptAsync(_stopping.Token) is { } connection) _ = RouteAsync(connection);
        }
        catch (OperationCanceledException)
        {
            LogClosed(logger, Address);
        }
        finally
        {
            _http1.Writer.TryComplete();
            _http2.Writer.TryComplete();
        }
    }

    /// <summary>Owns the connection until it is queued; whatever goes wrong before, the connection is closed and no other suffers.</summary>
    private async Task RouteAsync(ConnectionContext connection)
    {
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            patience.CancelAfter(limits.PrefaceTimeout);
            var protocol = await PeekAsync(connection.Transport.Input, patience.Token);
            if (protocol is { } spoken)
            {
                var queue = spoken == ClientProtocol.Http1 ? _http1 : _http2;
                await queue.Writer.WriteAsync(connection, patience.Token);
                return;
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or ConnectionAbortedException or ChannelClosedException)
        {
            LogGone(logger, connection.RemoteEndPoint, gone.Message);
        }
        await connection.DisposeAsync();
    }

    /// <summary>Null: the client closed without a word. Nothing is taken from the input.</summary>
    internal static async ValueTask<ClientProtocol?> PeekAsync(PipeReader input, CancellationToken cancellation)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellation);
            var decided = Decide(read.Buffer);
            if (decided is not null)
            {
                input.AdvanceTo(read.Buffer.Start);
                return decided;
            }
            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted) return null;
        }
    }

    private static ClientProtocol? Decide(ReadOnlySequence<byte> buffer)
    {
        var preface = "PRI"u8;
        Span<byte> first = stackalloc byte[preface.Length];
        var length = (int)Math.Min(buffer.Length, first.Length);
        if (length == 0) return null;
        buffer.Slice(0, length).CopyTo(first);
        if (!preface[..length].SequenceEqual(first[..length])) return ClientProtocol.Http1;
        return length == preface.Length ? ClientProtocol.Http2 : null;
    }

    [LoggerMessage(EventId = 4010, Level = LogLevel.Debug, Message = "No more connections are taken on {Address}")]
    private static partial void LogClosed(ILogger logger, IPEndPoint address);

    [LoggerMessage(EventId = 4011, Level = LogLevel.Debug, Message = "The connection from {Client} ended before its protocol was known: {Reason}")]
    private static partial void LogGone(ILogger logger, EndPoint? client, string reason);
}
