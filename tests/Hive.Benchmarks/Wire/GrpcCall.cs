using System.Buffers.Binary;
using System.Threading.Tasks.Sources;

namespace Hive.Benchmarks.Wire;

/// <summary>
/// A call on an <see cref="Http2Connection"/>, to be used again and again by one client. Awaiting it gives whether a message came before the end; the
/// continuation runs on the connection's reader.
/// </summary>
internal class GrpcCall : IValueTaskSource<bool>
{
    private const int PrefixBytes = 5;

    private ManualResetValueTaskSourceCore<bool> _ended;
    private byte[] _partial = [];
    private int _gathered;
    private bool _answered;

    public int Stream { get; set; }

    /// <summary>Bytes received of which the server has not been told that they were taken.</summary>
    public int Consumed { get; set; }

    /// <summary>Readies the call for its next use; to be awaited after it was started.</summary>
    public ValueTask<bool> Reset()
    {
        _ended.Reset();
        _answered = false;
        _gathered = 0;
        Consumed = 0;
        return new ValueTask<bool>(this, _ended.Version);
    }

    public void Receive(ReadOnlySpan<byte> bytes)
    {
        // The rest of a message that came in part: gathered in one buffer of its size, however large it is.
        while (_gathered > 0 && bytes.Length > 0)
        {
            var wanted = _gathered < PrefixBytes ? PrefixBytes : MessageEnd(_partial);
            if (_partial.Length < wanted) Array.Resize(ref _partial, wanted);
            var taken = Math.Min(wanted - _gathered, bytes.Length);
            bytes[..taken].CopyTo(_partial.AsSpan(_gathered));
            _gathered += taken;
            bytes = bytes[taken..];
            if (_gathered < PrefixBytes || _gathered < MessageEnd(_partial)) continue;
            _answered = true;
            OnMessage(_partial.AsSpan(PrefixBytes, MessageEnd(_partial) - PrefixBytes));
            _gathered = 0;
        }
        while (bytes.Length >= PrefixBytes && bytes.Length >= MessageEnd(bytes))
        {
            var end = MessageEnd(bytes);
            _answered = true;
            OnMessage(bytes[PrefixBytes..end]);
            bytes = bytes[end..];
        }
        if (bytes.IsEmpty) return;
        if (_partial.Length < bytes.Length) _partial = new byte[bytes.Length];
        bytes.CopyTo(_partial);
        _gathered = bytes.Length;
    }

    private static int MessageEnd(ReadOnlySpan<byte> frame) => PrefixBytes + BinaryPrimitives.ReadInt32BigEndian(frame[1..]);

    public void End() => _ended.SetResult(_answered);

    /// <summary>A whole message came.</summary>
    protected virtual void OnMessage(ReadOnlySpan<byte> message)
    {
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _ended.GetResult(token);
    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _ended.GetStatus(token);
    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _ended.OnCompleted(continuation, state, token, flags);
}
