using System.Net.Sockets;

namespace Hive.Drone.Tests.Support;

/// <summary>A way to an engine that can be cut and mended: a socket of its own whose connections are carried on to the engine's.</summary>
public sealed class EngineWay : IAsyncDisposable
{
    private readonly string _engine;
    private readonly string _folder = Directory.CreateTempSubdirectory("hive-engine-way-").FullName;
    private readonly List<Socket> _open = [];
    private Task _accepting = Task.CompletedTask;

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

    private static async Task CarryAsync(Socket from, Socket to)
    {
        try
        {
            await using var source = new NetworkStream(from);
            await using var target = new NetworkStream(to);
            await source.CopyToAsync(target);
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception cut) when (cut is IOException or SocketException or ObjectDisposedException)
        {
            return;
        }
    }
}
