using System.Net.Sockets;

namespace Hive.Drone.Tests.Support;

/// <summary>A way to an engine that can be cut, blocked and mended: a socket of its own whose connections are carried on to the engine's.</summary>
public sealed class EngineWay : IAsyncDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly string _engine;
    private readonly string _folder = Directory.CreateTempSubdirectory("hive-engine-way-").FullName;
    private readonly List<Socket> _open = [];
    private Task _accepting = Task.CompletedTask;
    private volatile bool _blocked;

    public EngineWay(string engine)
    {
        _engine = engine;
        Mend();
    }

    public string Socket => Path.Combine(_folder, "docker.sock");

    public void Mend()
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Socket));
        listener.Listen();
        lock (_open) _open.Add(listener);
        _accepting = AcceptAsync(listener);
    }

    /// <summary>Connections stand and come about, and nothing more goes through, as with an engine that hangs; until the way is cut.</summary>
    public void Block() => _blocked = true;

    /// <summary>Ends all connections; nobody gets through any more.</summary>
    public async Task CutAsync()
    {
        File.Delete(Socket);
        lock (_open)
        {
            foreach (Socket socket in _open) socket.Dispose();
            _open.Clear();
        }
        await _accepting;
        _blocked = false;
    }

    public async ValueTask DisposeAsync()
    {
        await CutAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                Socket near = await listener.AcceptAsync(), far = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                lock (_open) _open.AddRange([near, far]);
                await far.ConnectAsync(new UnixDomainSocketEndPoint(_engine));
                _ = CarryAsync(near, far);
                _ = CarryAsync(far, near);
            }
        }
        catch (Exception cut) when (cut is SocketException or ObjectDisposedException)
        {
            return;
        }
    }

    private async Task CarryAsync(Socket from, Socket to)
    {
        try
        {
            await using var source = new NetworkStream(from);
            await using var target = new NetworkStream(to);
            byte[] buffer = new byte[BufferBytes];
            for (int read; (read = await source.ReadAsync(buffer)) > 0;)
            {
                if (!_blocked) await target.WriteAsync(buffer.AsMemory(0, read));
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception cut) when (cut is IOException or SocketException or ObjectDisposedException)
        {
            return;
        }
    }
}
