using System.Buffers;
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
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _connections.Add(ended.Task);
            // A thread of its own that waits in the call which receives: what arrives wakes it and nobody else.
            var thread = new Thread(() =>
            {
                Serve(accepted, ended.Task);
                ended.SetResult();
            })
            {
                Name = "hive-queen-peer",
                IsBackground = true,
            };
            thread.Start();
        }
    }

    private void Serve(Socket accepted, Task connection)
    {
        string remote = accepted.RemoteEndPoint?.ToString() ?? "unknown";
        using var handshake = new CancellationTokenSource(_options.Limits.PeerHandshake);
        try
        {
            // A call that waits on a socket ends when the socket is closed.
            using CancellationTokenRegistration stop = _stopping.Token.Register(accepted.Dispose);
            using CancellationTokenRegistration tooLate = handshake.Token.Register(accepted.Dispose);
            using Stream stream = _transport.Accept(accepted);
            var input = new PeerInput(stream);
            if (ReadHello(input) is not { } hello)
            {
                Refuse(remote, handshake.IsCancellationRequested ? "it did not name itself in time" : "it closed before it named itself");
                return;
            }
            if (Unacceptable(hello) is { } reason)
            {
                Refuse(remote, reason);
                return;
            }
            var welcome = new ArrayBufferWriter<byte>();
            PeerFrame.Write(welcome, PeerFrameKind.Welcome, default);
            stream.Write(welcome.WrittenSpan);
            if (tooLate.Unregister()) Receive(input, hello);
        }
        catch (PeerProtocolException error)
        {
            Refuse(remote, error.Message);
        }
        catch (Exception error) when (error is IOException or SocketException or AuthenticationException or ObjectDisposedException)
        {
            if (_stopping.IsCancellationRequested) return;
            if (handshake.IsCancellationRequested) Refuse(remote, "it did not name itself in time");
            else _options.Log(QueenLogLevel.Information, $"peer port: connection from {remote} ended: {error.Message}");
        }
        finally
        {
            accepted.Dispose();
            lock (_gate) _connections.Remove(connection);
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

    private static PeerHello? ReadHello(PeerInput input)
    {
        while (true)
        {
            if (input.TryTake(4096, out PeerFrameKind kind, out byte[] payload))
            {
                if (kind != PeerFrameKind.Hello) throw new PeerProtocolException("it did not name itself first");
                if (!PeerHello.TryDecode(payload, out PeerHello hello, out string wrong)) throw new PeerProtocolException(wrong);
                return hello;
            }
            if (!input.Receive()) return null;
        }
    }

    private void Receive(PeerInput input, PeerHello hello)
    {
        using IPeerReceiver receiver = _receive(hello);
        do
        {
            try
            {
                while (input.TryTake(_options.Limits.PeerFrameBytes, out PeerFrameKind kind, out byte[] payload)) receiver.Receive(kind, payload);
            }
            finally
            {
                receiver.EndOfArrived();
            }
        }
        while (input.Receive());
    }
}

/// <summary>A peer, or somebody who is none, sent what the protocol does not know: its connection ends.</summary>
internal sealed class PeerProtocolException(string message) : Exception(message);

/// <summary>Takes the frames of one incoming connection, in order.</summary>
internal interface IPeerReceiver : IDisposable
{
    /// <exception cref="PeerProtocolException">The frame does not belong here.</exception>
    void Receive(PeerFrameKind kind, byte[] payload);

    /// <summary>All that had arrived was given to <see cref="Receive"/>: the time to act on it, all at once.</summary>
    void EndOfArrived();
}
