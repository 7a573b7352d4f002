using System.Buffers;
using Hive.Raft;

namespace Hive.Queen.Peers;

/// <summary>
/// Writes what waits to one connection. Whoever put something in writes it at once, on its own thread, as far as the connection takes it without waiting; what it does not
/// take, what is large, and snapshots go on in <see cref="RunAsync"/>.
/// </summary>
internal sealed class PeerSender(Stream stream, PeerQueue queue, IPeerEvents events, int bytesAtOnce, CancellationToken broken)
{
    private const int BackgroundBytes = 1024 * 1024;
    private readonly ArrayBufferWriter<byte> _output = new(64 * 1024);
    private readonly SemaphoreSlim _handedOver = new(0);
    private ValueTask _writing;

    /// <summary>Called by who has begun (<see cref="PeerQueue.TryBegin"/>). Does not wait, and does not fail: a broken connection ends in the background.</summary>
    public void SendHere()
    {
        while (true)
        {
            while (_output.WrittenCount < bytesAtOnce && queue.TryTake(this, bytesAtOnce, out PeerItem item)) Encode(item);
            if (_output.WrittenCount == 0 && queue.TryEnd(this)) return;
            if (_output.WrittenCount == 0 || !TryWrite())
            {
                _handedOver.Release();
                return;
            }
        }
    }

    /// <summary>Runs until the connection breaks.</summary>
    /// <exception cref="Exception">What broke it.</exception>
    public async Task RunAsync()
    {
        while (true)
        {
            await _handedOver.WaitAsync(broken);
            await _writing;
            _writing = default;
            _output.ResetWrittenCount();
            do await SendAsync();
            while (!queue.TryEnd(this));
        }
    }

    /// <summary>False: the connection does not take it at once, or is broken; what came of it is awaited in the background.</summary>
    private bool TryWrite()
    {
        try
        {
            _writing = stream.WriteAsync(_output.WrittenMemory, broken);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            _writing = ValueTask.FromException(error is InvalidOperationException ? new IOException(error.Message, error) : error);
        }
        if (!_writing.IsCompletedSuccessfully) return false;
        _output.ResetWrittenCount();
        return true;
    }

    private async Task SendAsync()
    {
        while (queue.TryTake(this, long.MaxValue, out PeerItem item))
        {
            if (item.Snapshot is { } snapshot)
            {
                await FlushAsync();
                await SendSnapshotAsync(snapshot);
                continue;
            }
            Encode(item);
            if (_output.WrittenCount >= BackgroundBytes) await FlushAsync();
        }
        await FlushAsync();
    }

    private void Encode(in PeerItem item)
    {
        int start = PeerFrame.Begin(_output);
        if (item.Message is not null) RaftCodec.Write(item.Message, _output);
        else _output.Write(item.Content.Span);
        PeerFrame.End(_output, start, item.Kind);
    }

    private async Task SendSnapshotAsync(InstallSnapshot order)
    {
        bool delivered = false;
        try
        {
            var frame = new ArrayBufferWriter<byte>();
            delivered = await events.StreamSnapshotAsync(order, async (kind, payload) =>
            {
                frame.ResetWrittenCount();
                PeerFrame.Write(frame, kind, payload.Span);
                await stream.WriteAsync(frame.WrittenMemory, broken);
            }, broken);
        }
        finally
        {
            events.SnapshotSent(order.To, delivered);
        }
    }

    private async Task FlushAsync()
    {
        if (_output.WrittenCount == 0) return;
        await stream.WriteAsync(_output.WrittenMemory, broken);
        _output.ResetWrittenCount();
    }
}
