using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace Hive.Network.Userspace;

/// <summary>Listens on one TCP port and hands each connection to one of the present backends in turn; an unreachable backend is passed over.</summary>
internal sealed class PortForwarder : IAsyncDisposable
{
    /// <summary>Connections carried at once; further ones wait in the kernel's backlog.</summary>
    private const int ConnectionLimit = 1024;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _room = new(ConnectionLimit, ConnectionLimit);
    private readonly Task _loop;
    private ImmutableArray<IPEndPoint> _backends;
    private uint _turn;

    private PortForwarder(TcpListener listener, ImmutableArray<IPEndPoint> backends)
    {
        _listener = listener;
        _backends = backends;
        _loop = AcceptAsync();
    }

    /// <summary>Null and a reason when the port cannot be had.</summary>
    public static (PortForwarder? Forwarder, string? Problem) TryStart(IPEndPoint at, ImmutableArray<IPEndPoint> backends)
    {
        var listener = new TcpListener(at);
        try
        {
            listener.Start();
            return (new PortForwarder(listener, backends), null);
        }
        catch (SocketException failure)
        {
            listener.Dispose();
            return (null, $"cannot listen on {at}: {failure.SocketErrorCode}");
        }
    }

    /// <summary>From the next connection on; present ones stay where they are.</summary>
    public void SetBackends(ImmutableArray<IPEndPoint> backends) => ImmutableInterlocked.InterlockedExchange(ref _backends, backends);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _loop;
        for (int i = 0; i < ConnectionLimit; i++) await _room.WaitAsync();
        _listener.Dispose();
        _stop.Dispose();
        _room.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                await _room.WaitAsync(_stop.Token);
                Socket client;
                try
                {
                    client = await _listener.AcceptSocketAsync(_stop.Token);
                }
                catch
                {
                    _room.Release();
                    throw;
                }
                // Owned by the semaphore: disposal waits until every carrier has given its place back.
                _ = CarryAsync(client);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The listener was stopped: this forwarder is being disposed.
        }
    }

    private async Task CarryAsync(Socket client)
    {
        try
        {
            using Socket _ = client;
            using Socket? backend = await ConnectAsync();
            if (backend is null) return;
            client.NoDelay = backend.NoDelay = true;
            await Task.WhenAll(CopyAsync(client, backend), CopyAsync(backend, client));
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
        {
            // One side is gone: the other is closed with it, which is all that a proxy can say.
        }
        finally
        {
            _room.Release();
        }
    }

    private async Task<Socket?> ConnectAsync()
    {
        ImmutableArray<IPEndPoint> backends = _backends;
        uint first = Interlocked.Increment(ref _turn);
        for (uint i = 0; i < backends.Length; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            limit.CancelAfter(ConnectTimeout);
            try
            {
                await socket.ConnectAsync(backends[(int)((first + i) % (uint)backends.Length)], limit.Token);
                return socket;
            }
            catch (Exception failure) when (failure is SocketException || (failure is OperationCanceledException && !_stop.IsCancellationRequested))
            {
                socket.Dispose();
            }
        }
        return null;
    }

    /// <summary>Carries one direction; its end is passed on as a half close.</summary>
    private async Task CopyAsync(Socket from, Socket to)
    {
        byte[] buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            for (int read; (read = await from.ReceiveAsync(buffer, _stop.Token)) > 0;)
            {
                await to.SendAsync(buffer.AsMemory(0, read), _stop.Token);
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            to.Dispose();
            from.Dispose();
            throw;
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
