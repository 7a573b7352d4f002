using System.Buffers;

namespace Hive.Queen.Peers;

/// <summary>What arrives on one connection, cut into frames; for one thread, which waits for it.</summary>
internal sealed class PeerInput(Stream stream)
{
    private byte[] _bytes = new byte[64 * 1024];
    private int _from;
    private int _to;

    /// <summary>Waits for more. False: the connection has ended, after whole frames.</summary>
    /// <exception cref="PeerProtocolException">It has ended within a frame.</exception>
    public bool Receive()
    {
        MakeRoom();
        int read = stream.Read(_bytes.AsSpan(_to));
        if (read == 0 && _from < _to) throw new PeerProtocolException("a frame that ends in the middle");
        _to += read;
        return read > 0;
    }

    /// <summary>Takes the next frame, when all of it has arrived.</summary>
    /// <exception cref="PeerProtocolException">It is none, or its payload is larger than <paramref name="limitBytes"/>.</exception>
    public bool TryTake(int limitBytes, out PeerFrameKind kind, out byte[] payload)
    {
        var arrived = new ReadOnlySequence<byte>(_bytes, _from, _to - _from);
        bool whole = PeerFrame.TryRead(ref arrived, limitBytes, out kind, out payload, out string? error);
        if (error is not null) throw new PeerProtocolException(error);
        if (whole) _from += PeerFrame.HeaderBytes + payload.Length;
        return whole;
    }

    /// <summary>A frame is never larger than the limit given to <see cref="TryTake"/>, so neither is the room, by more than double.</summary>
    private void MakeRoom()
    {
        int left = _to - _from;
        if (_from > 0) _bytes.AsSpan(_from, left).CopyTo(_bytes);
        (_from, _to) = (0, left);
        if (left == _bytes.Length) Array.Resize(ref _bytes, _bytes.Length * 2);
    }
}
