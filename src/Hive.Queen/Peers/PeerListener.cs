using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Hive.Queen.Peers;

/// <summary>
/// The peer port. Each connection names itself first; a frame that is not whole, not known or of another cluster ends its connection with
/// one line in the log, and nothing else.
/// </summary>
internal sealed class PeerListener : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly PeerTransport _transport;
    private readonly QueenOptions _options;
    private readonly Func<PeerHello, IPeerReceiver> _receive;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _connections = [];
    private readonly Task _running;

    public PeerListener(IPEndPoint endPoint, PeerTransport transport, QueenOptions options, Func<PeerHello, IPeerReceiver> receive)
    {
        (_transport, _options, _receive) = (transport, options, receive);
        _socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _socket.Bind(endPoint);
            _socket.Listen(128);
        }
        catch (SocketException error)
        {
            _socket.Dispose();
            throw new QueenStartException($"cannot listen for peers on {endPoint}: {error.Message}");
        }
        EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        _running = Task.Run(AcceptAsync);
    }

    /// <summary>Where it listens, with the port that was given when 0 was asked for.</summary>
    public IPEndPoint EndPoint { get; }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _socket.Dispose();
        await _running;
        Task[] open;
        lock (_gate) open = [.. _connections];
        await Task.WhenAll(open);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                Socket accepted = await _socket.AcceptAsync(_stopping.Token);
                Serve(accepted);
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException error)
            {
                if (_stopping.IsCancellationRequested) return;
                _options.Log(QueenLogLevel.Warning, $"peer port: {error.Message}");
                await Task.Delay(_options.Limits.PeerRetryFirst);
            }
        }
    }

    private void Serve(Socket accepted)
    {
        lock (_gate)
        {
            if (_connections.Count >= _options.Limits.PeerConnections)
            {
                accepted.Dispose();
                return;
            }
            Task serving = Task.Run(() => ServeAsync(accepted));
            _connections.Add(serving);
            serving.ContinueWith(Forget, TaskScheduler.Default);
        }
    }

    private void Forget(Task ended)
    {
        lock (_gate) _connections.Remove(ended);
    }

    private async Task ServeAsync(Socket accepted)
    {
        string remote = accepted.RemoteEndPoint?.ToString() ?? "unknown";
        try
        {
            using var handshake = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            handshake.CancelAfter(_options.Limits.PeerHandshake);
            await using Stream stream = await _transport.AcceptAsync(accepted, handshake.Token);
            PipeReader reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 * 1024));
            if (await ReadHelloAsync(reader, handshake.Token) is not { } hello)
            {
                Refuse(remote, "it closed before it named itself");
                return;
            }
            if (Unacceptable(hello) is { } reason)
            {
                Refuse(remote, reason);
                return;
            }
            var welcome = new ArrayBufferWriter<byte>();
            PeerFrame.Write(welcome, PeerFrameKind.Welcome, default);
            await stream.WriteAsync(welcome.WrittenMemory, handshake.Token);
            await ReceiveAsync(reader, hello, _stopping.Token);
        }
        catch (PeerProtocolException error)
        {
            Refuse(remote, error.Message);
        }
        catch (OperationCanceledException)
        {
            if (!_stopping.IsCancellationRequested) Refuse(remote, "it did not name itself in time");
        }
        catch (Exception error) when (error is IOException or SocketException or AuthenticationException or ObjectDisposedException)
        {
            if (!_stopping.IsCancellationRequested) _options.Log(QueenLogLevel.Information, $"peer port: connection from {remote} ended: {error.Message}");
        }
        finally
        {
            accepted.Dispose();
        }
    }

    private void Refuse(string remote, string reason) =>
        _options.Log(QueenLogLevel.Warning, $"peer port: connection from {remote} closed: {reason}");

    private string? Unacceptable(in PeerHello hello)
    {
        if (hello.Cluster != _options.Cluster) return $"it is of cluster {hello.Cluster}, this is {_options.Cluster}";
        if (hello.To != _options.Self) return $"it wants member {hello.To}, this is {_options.Self}";
        return hello.From.IsNone || hello.From == _options.Self ? $"it says that it is member {hello.From}" : null;
    }

    private static async Task<PeerHello?> ReadHelloAsync(PipeReader reader, CancellationToken cancellation)
    {
        while (true)
        {
            System.IO.Pipelines.ReadResult read = await reader.ReadAsync(cancellation);
            ReadOnlySequence<byte> arrived = read.Buffer;
            if (TryReadFrame(ref arrived, 4096, out PeerFrameKind kind, out byte[] payload))
            {
                reader.AdvanceTo(arrived.Start);
                if (kind != PeerFrameKind.Hello) throw new PeerProtocolException("it did not name itself first");
                if (!PeerHello.TryDecode(payload, out PeerHello hello, out string wrong)) throw new PeerProtocolException(wrong);
                return hello;
            }
            if (read.IsCompleted) return arrived.IsEmpty ? null : throw new PeerProtocolException("a frame that ends in the middle");
            reader.AdvanceTo(arrived.Start, arrived.End);
        }
    }

    private async Task ReceiveAsync(PipeReader reader, PeerHello hello, CancellationToken cancellation)
    {
        using IPeerReceiver receiver = _receive(hello);
        while (true)
        {
            System.IO.Pipelines.ReadResult read = await reader.ReadAsync(cancellation);
            ReadOnlySequence<byte> arrived = read.Buffer;
            while (TryReadFrame(ref arrived, _options.Limits.PeerFrameBytes, out PeerFrameKind kind, out byte[] payload))
            {
                receiver.Receive(kind, payload);
            }
            if (read.IsCompleted)
            {
                if (!arrived.IsEmpty) throw new PeerProtocolException("a frame that ends in the middle");
                return;
            }
            reader.AdvanceTo(arrived.Start, arrived.End);
        }
    }

    private static bool TryReadFrame(ref ReadOnlySequence<byte> arrived, int limit, out PeerFrameKind kind, out byte[] payload)
    {
        bool whole = PeerFrame.TryRead(ref arrived, limit, out kind, out payload, out string? error);
        return error is null ? whole : throw new PeerProtocolException(error);
    }
}

/// <summary>A peer, or somebody who is none, sent what the protocol does not know: its connection ends.</summary>
internal sealed class PeerProtocolException(string message) : Exception(message);

/// <summary>Takes the frames of one incoming connection, in order.</summary>
internal interface IPeerReceiver : IDisposable
{
    /// <exception cref="PeerProtocolException">The frame does not belong here.</exception>
    void Receive(PeerFrameKind kind, byte[] payload);
}
