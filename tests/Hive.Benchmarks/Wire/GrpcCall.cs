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
    private bool _answered;

    public int Stream { get; set; }

    /// <summary>Readies the call for its next use; to be awaited after it was started.</summary>
    public ValueTask<bool> Reset()
    {
        _ended.Reset();
        _answered = false;
        return new ValueTask<bool>(this, _ended.Version);
    }

    public void Receive(ReadOnlySpan<byte> bytes)
    {
        if (_partial.Length > 0)
        {
            bytes = (byte[])[.. _partial, .. bytes];
            _partial = [];
        }
        while (bytes.Length >= PrefixBytes)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(bytes[1..]);
            if (bytes.Length < PrefixBytes + length) break;
            _answered = true;
            OnMessage(bytes.Slice(PrefixBytes, length));
            bytes = bytes[(PrefixBytes + length)..];
        }
        if (bytes.Length > 0) _partial = bytes.ToArray();
    }

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
