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
    private readonly TaskCompletionSource _answerLost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _blocked;
    private int _startsLeft;

    /// <summary>Who is to get no answer any more.</summary>
    private volatile Socket? _unanswered;

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

    /// <summary>Lets so many starts of containers through, and loses the answer to the last one: the way is cut instead, as when an engine dies that has started a container.</summary>
    /// <returns>Ends when that has happened.</returns>
    public Task LoseAnswerToStartAsync(int number)
    {
        _startsLeft = number;
        return _answerLost.Task;
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
                if (buffer.AsSpan(0, read).IndexOf("/start HTTP"u8) >= 0 && Interlocked.Decrement(ref _startsLeft) == 0) _unanswered = from;
                if (to == _unanswered)
                {
                    await CutAsync();
                    _answerLost.SetResult();
                    return;
                }
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
