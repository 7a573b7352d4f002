using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Hive.Etcd.Listening;

/// <summary>
/// Go clients of etcd up to 3.4 that dial <c>http://host:port</c> for the calls of one member (status, defragment, move-leader) send that whole text as
/// <c>:authority</c>. Go servers take it; ours refuses the stream, rightly and uselessly. The first header block of such a connection is rewritten
/// without the scheme: the name is indexed by that block, so that later blocks only refer to it. From then on the connection is untouched.
/// </summary>
internal sealed class AuthorityRepair(PipeReader input) : PipeReader
{
    private const int FrameHeaderBytes = 9;
    private const byte HeadersFrame = 1;
    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    private int _prefaceLeft = Preface.Length;
    private bool _isDone;

    // A rewritten frame that is being read, and where the original ends.
    private ReadOnlyMemory<byte> _rewritten;
    private SequencePosition _originalEnd;
    private ReadOnlySequence<byte> _shown;

    /// <summary>Runs a connection behind the repair.</summary>
    public static async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var transport = connection.Transport;
        connection.Transport = new RepairedTransport(new AuthorityRepair(transport.Input), transport.Output);
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
        }
    }

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (_isDone && _rewritten.IsEmpty) return await input.ReadAsync(cancellationToken);
        if (!_rewritten.IsEmpty) return Show(new ReadOnlySequence<byte>(_rewritten), isCanceled: false, isCompleted: false);
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            if (TryShow(read, out var shown)) return shown;
            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    public override bool TryRead(out ReadResult result)
    {
        result = default;
        if (_isDone && _rewritten.IsEmpty) return input.TryRead(out result);
        if (!_rewritten.IsEmpty)
        {
            result = Show(new ReadOnlySequence<byte>(_rewritten), isCanceled: false, isCompleted: false);
            return true;
        }
        if (!input.TryRead(out var read)) return false;
        if (TryShow(read, out result)) return true;
        input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        return false;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_rewritten.IsEmpty)
        {
            if (!_isDone) Pass(_shown.Slice(0, consumed));
            input.AdvanceTo(consumed, examined);
            return;
        }
        _rewritten = _rewritten[(int)_shown.Slice(0, consumed).Length..];
        if (_rewritten.IsEmpty) input.AdvanceTo(_originalEnd);
    }

    public override void CancelPendingRead() => input.CancelPendingRead();

    public override void Complete(Exception? exception = null) => input.Complete(exception);

    private ReadResult Show(ReadOnlySequence<byte> buffer, bool isCanceled, bool isCompleted)
    {
        _shown = buffer;
        return new ReadResult(buffer, isCanceled, isCompleted);
    }

    /// <summary>Everything before the first header block as it came; then that block, whole. False: more of it must come first.</summary>
    private bool TryShow(ReadResult read, out ReadResult shown)
    {
        var buffer = read.Buffer;
        var before = LengthBeforeHeaders(buffer);
        if (before > 0 || read.IsCompleted || read.IsCanceled)
        {
            var all = before == 0 || before == buffer.Length;
            shown = Show(all ? buffer : buffer.Slice(0, before), read.IsCanceled, read.IsCompleted && all);
            return true;
        }
        shown = default;
        if (!TryFrameLength(buffer, 0, out var length, out _) || buffer.Length < length) return false;
        _isDone = true;
        var frame = buffer.Slice(0, length).ToArray();
        if (HeaderBlock.WithoutScheme(frame.AsSpan(FrameHeaderBytes)) is not { } block)
        {
            shown = read;
            return true;
        }
        _originalEnd = buffer.GetPosition(length);
        _rewritten = Frame(frame, block);
        shown = Show(new ReadOnlySequence<byte>(_rewritten), isCanceled: false, isCompleted: false);
        return true;
    }

    /// <summary>Bytes of the preface and of whole or part frames of other kinds at the start of the buffer; 0 when a header block is first.</summary>
    private long LengthBeforeHeaders(ReadOnlySequence<byte> buffer)
    {
        long at = Math.Min(_prefaceLeft, buffer.Length);
        while (TryFrameLength(buffer, at, out var length, out var kind) && kind != HeadersFrame && at + length <= buffer.Length) at += length;
        return at;
    }

    private void Pass(ReadOnlySequence<byte> consumed) => _prefaceLeft = (int)Math.Max(0, _prefaceLeft - consumed.Length);

    private static bool TryFrameLength(ReadOnlySequence<byte> buffer, long at, out long length, out byte kind)
    {
        (length, kind) = (0, 0);
        if (buffer.Length < at + FrameHeaderBytes) return false;
        Span<byte> header = stackalloc byte[FrameHeaderBytes];
        buffer.Slice(at, FrameHeaderBytes).CopyTo(header);
        length = FrameHeaderBytes + ((header[0] << 16) | (header[1] << 8) | header[2]);
        kind = header[3];
        return true;
    }

    private static byte[] Frame(ReadOnlySpan<byte> original, ReadOnlySpan<byte> block)
    {
        byte[] frame = [.. original[..FrameHeaderBytes], .. block];
        (frame[0], frame[1], frame[2]) = ((byte)(block.Length >> 16), (byte)(block.Length >> 8), (byte)block.Length);
        return frame;
    }

    private sealed record RepairedTransport(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
