using System.Buffers;
using System.Net.Sockets;
using System.Security.Authentication;
using Hive.Raft;

namespace Hive.Queen.Peers;

/// <summary>Where a link's owner is told what became of things.</summary>
internal interface IPeerEvents
{
    void PeerLost(MemberId peer);
    void SnapshotSent(MemberId peer, bool delivered);

    /// <summary>Writes a snapshot's frames by calling <paramref name="write"/>; false when the file is gone.</summary>
    ValueTask<bool> StreamSnapshotAsync(InstallSnapshot order, Func<PeerFrameKind, ReadOnlyMemory<byte>, ValueTask> write, CancellationToken cancellation);
}

/// <summary>
/// One outgoing connection to a peer: keeps itself connected, with back-off, and sends what is queued. Nothing but the welcome comes back on it.
/// </summary>
internal sealed class PeerLink : IAsyncDisposable
{
    private readonly PeerTransport _transport;
    private readonly PeerHello _hello;
    private readonly string _address;
    private readonly QueenOptions _options;
    private readonly IPeerEvents _events;
    private readonly PeerQueue _queue;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private string _lastError = "";

    public PeerLink(PeerTransport transport, PeerHello hello, string address, QueenOptions options, IPeerEvents events)
    {
        (_transport, _hello, _address, _options, _events) = (transport, hello, address, options, events);
        _queue = new PeerQueue(options.Limits.PeerQueueMessages, options.Limits.PeerQueueBytes);
        _running = Task.Run(RunAsync);
    }

    public bool IsConnected { get; private set; }

    /// <summary>Adds an item; the caller then calls <see cref="Flush"/>. False: full.</summary>
    public bool TryPut(in PeerItem item) => _queue.TryPut(item);

    /// <summary>Sends what waits, when the connection stands and nobody is at it. Does not wait.</summary>
    public void Flush()
    {
        if (_queue.TryBegin(out PeerSender? sender)) sender.SendHere();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        TimeSpan pause = _options.Limits.PeerRetryFirst;
        while (!_stopping.IsCancellationRequested)
        {
            bool connected = await TryOnceAsync();
            _queue.Clear(snapshot => _events.SnapshotSent(snapshot.To, delivered: false));
            if (_stopping.IsCancellationRequested) return;
            if (connected)
            {
                pause = _options.Limits.PeerRetryFirst;
                _events.PeerLost(_hello.To);
            }
            await Task.Delay(pause, _stopping.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
            pause = pause * 2 < _options.Limits.PeerRetryLongest ? pause * 2 : _options.Limits.PeerRetryLongest;
        }
    }

    /// <summary>One connection, from call to loss; answers whether it came about.</summary>
    private async Task<bool> TryOnceAsync()
    {
        bool connected = false;
        try
        {
            using var handshake = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            handshake.CancelAfter(_options.Limits.PeerHandshake);
            if (!PeerTransport.TryParse(_address, out string host, out int port)) throw new IOException($"'{_address}' is no address");
            await using Stream stream = await _transport.CallAsync(host, port, handshake.Token);
            await GreetAsync(stream, handshake.Token);
            connected = IsConnected = true;
            _lastError = "";
            using var broken = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            Task watch = WatchForEndAsync(stream, broken);
            try
            {
                var sender = new PeerSender(stream, _queue, _events, _options.Limits.PeerBytesAtOnce, broken.Token);
                _queue.Open(sender);
                Flush();
                await sender.RunAsync();
            }
            finally
            {
                await broken.CancelAsync();
                await stream.DisposeAsync();
                await watch;
            }
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException or AuthenticationException or ObjectDisposedException)
        {
            Say(error);
        }
        finally
        {
            IsConnected = false;
        }
        return connected;
    }

    /// <summary>One line for each new reason, not for each try.</summary>
    private void Say(Exception error)
    {
        if (_stopping.IsCancellationRequested || error.Message == _lastError) return;
        _lastError = error.Message;
        string reason = error is OperationCanceledException ? "no answer, or the connection ended" : error.Message;
        _options.Log(QueenLogLevel.Information, $"no link to member {_hello.To} at {_address} ({_hello.Lane}): {reason}");
    }

    private async Task GreetAsync(Stream stream, CancellationToken cancellation)
    {
        var output = new ArrayBufferWriter<byte>();
        PeerFrame.Write(output, PeerFrameKind.Hello, _hello.Encode());
        await stream.WriteAsync(output.WrittenMemory, cancellation);
        byte[] welcome = new byte[PeerFrame.HeaderBytes];
        await stream.ReadExactlyAsync(welcome, cancellation);
        var sequence = new ReadOnlySequence<byte>(welcome);
        if (!PeerFrame.TryRead(ref sequence, 0, out PeerFrameKind kind, out _, out string? error) || kind != PeerFrameKind.Welcome)
        {
            throw new IOException(error ?? "not welcome");
        }
    }

    /// <summary>A killed peer's kernel closes its connections: the read that ends says so long before a time-out would.</summary>
    private static async Task WatchForEndAsync(Stream stream, CancellationTokenSource broken)
    {
        try
        {
            byte[] nothing = new byte[1];
            int read = await stream.ReadAsync(nothing.AsMemory(), broken.Token);
            // Whatever it is, nothing may come here.
            if (read >= 0) await broken.CancelAsync();
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            if (!broken.IsCancellationRequested) await broken.CancelAsync();
        }
    }
}
