using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Hive.Benchmarks.Wire;

/// <summary>
/// One HTTP/2 connection that does what a load generator needs and no more: many calls at once, small requests, answers read as messages.
/// A full client would take more processor time than the server that is measured. Response headers are not decoded: a call that ends
/// without a message failed. A thread of its own reads, with blocking calls: an answer wakes one thread, not two or three.
/// </summary>
internal sealed class Http2Connection : IAsyncDisposable
{
    private const byte Data = 0, Headers = 1, ResetStream = 3, Settings = 4, Ping = 6, GoAway = 7, WindowUpdate = 8;
    private const byte EndStream = 1, Acknowledge = 1, EndHeaders = 4, Padded = 8;
    private const int FrameHeaderBytes = 9, FirstWindow = 65_535, OurWindow = 1 << 30;

    private readonly Socket _socket;
    private readonly string _authority;
    private readonly Lock _gate = new();
    private readonly Dictionary<int, GrpcCall> _calls = [];
    private readonly Queue<(int Stream, byte[] Frame)> _held = new();
    private byte[] _out = new byte[16 * 1024];
    private byte[] _sending = new byte[16 * 1024];
    private int _outCount;
    private bool _isSending;
    private int _nextStream = 1;
    private long _sendWindow = FirstWindow;
    private long _consumed;
    private Thread? _reading;

    private Http2Connection(Socket socket, string authority)
    {
        _socket = socket;
        _authority = authority;
    }

    /// <param name="silent">Nothing is read until <see cref="BeginReading"/>: a client that hangs.</param>
    public static Http2Connection Open(IPEndPoint endpoint, bool silent = false)
    {
        // Connected with a blocking call: a socket that ever had an asynchronous one polls in every later blocking call.
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Connect(endpoint);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        var connection = new Http2Connection(socket, endpoint.ToString());
        connection.SendPreface();
        if (!silent) connection.BeginReading();
        return connection;
    }

    public void BeginReading()
    {
        _reading = new Thread(Read) { IsBackground = true, Name = "benchmark-connection" };
        _reading.Start();
    }

    /// <summary>The header block of calls to this method, to be made once.</summary>
    public byte[] HeadersOf(string path)
    {
        var block = new List<byte> { 0x83, 0x86 }; // :method POST, :scheme http
        Literal(block, 4, path);
        Literal(block, 1, _authority);
        Literal(block, 31, "application/grpc");
        block.Add(0);
        Text(block, "te");
        Text(block, "trailers");
        return [.. block];
    }

    /// <summary>Starts a call: sends headers and one message. <paramref name="isLast"/>: the request is that message alone.</summary>
    public void Start(GrpcCall call, byte[] headers, ReadOnlySpan<byte> message, bool isLast)
    {
        bool send;
        lock (_gate)
        {
            call.Stream = _nextStream;
            _nextStream += 2;
            _calls.Add(call.Stream, call);
            WriteFrame(Headers, EndHeaders, call.Stream, headers);
            WriteMessage(call.Stream, message, isLast);
            send = TakeSending();
        }
        if (send) Send();
    }

    /// <summary>One more message of an open call.</summary>
    public void Send(GrpcCall call, ReadOnlySpan<byte> message)
    {
        bool send;
        lock (_gate)
        {
            WriteMessage(call.Stream, message, false);
            send = TakeSending();
        }
        if (send) Send();
    }

    public ValueTask DisposeAsync()
    {
        Close();
        // A caller that goes on where its call ended is on the reader's own thread, which ends once it is let go.
        if (Thread.CurrentThread != _reading) _reading?.Join();
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private void SendPreface()
    {
        lock (_gate)
        {
            Append("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
            // No header table, no push, a stream window that holds the server up at nothing but a backup, for which it is renewed.
            WriteFrame(Settings, 0, 0, [0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 4, 0x40, 0, 0, 0]);
            Span<byte> grow = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(grow, OurWindow - FirstWindow);
            WriteFrame(WindowUpdate, 0, 0, grow);
            _isSending = true;
        }
        Send();
    }

    private void WriteMessage(int stream, ReadOnlySpan<byte> message, bool isLast)
    {
        Span<byte> prefix = stackalloc byte[5];
        prefix[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(prefix[1..], message.Length);
        if (_held.Count > 0 || _sendWindow < prefix.Length + message.Length)
        {
            _held.Enqueue((isLast ? stream : -stream, [.. prefix, .. message]));
            return;
        }
        _sendWindow -= prefix.Length + message.Length;
        WriteFrameHeader(Data, isLast ? EndStream : (byte)0, stream, prefix.Length + message.Length);
        Append(prefix);
        Append(message);
    }

    private void WriteFrame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        WriteFrameHeader(type, flags, stream, payload.Length);
        Append(payload);
    }

    private void WriteFrameHeader(byte type, byte flags, int stream, int length)
    {
        Span<byte> header = stackalloc byte[FrameHeaderBytes];
        BinaryPrimitives.WriteInt32BigEndian(header, length << 8);
        header[3] = type;
        header[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(header[5..], stream);
        Append(header);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_out.Length - _outCount < bytes.Length) Array.Resize(ref _out, Math.Max(_out.Length * 2, _outCount + bytes.Length));
        bytes.CopyTo(_out.AsSpan(_outCount));
        _outCount += bytes.Length;
    }

    private bool TakeSending()
    {
        if (_isSending || _outCount == 0 || _isReadingBatch) return false;
        return _isSending = true;
    }

    // While a batch of answers is handed out, what their callers send is gathered and sent together.
    private bool _isReadingBatch;

    private void Send()
    {
        try
        {
            while (true)
            {
                int count;
                lock (_gate)
                {
                    count = _outCount;
                    if (count == 0)
                    {
                        _isSending = false;
                        return;
                    }
                    (_out, _sending) = (_sending, _out);
                    _outCount = 0;
                }
                for (var sent = 0; sent < count;) sent += _socket.Send(_sending.AsSpan(sent, count - sent));
            }
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // The reader sees the same end and fails the calls.
            Close();
        }
    }

    /// <summary>Ends both directions: whoever reads or writes sees the end.</summary>
    private void Close()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // The other side was first.
            return;
        }
    }

    private void Read()
    {
        var buffer = new byte[64 * 1024];
        var count = 0;
        try
        {
            while (true)
            {
                var read = _socket.Receive(buffer.AsSpan(count));
                if (read == 0) break;
                count += read;
                var used = HandleFrames(buffer.AsSpan(0, count));
                buffer.AsSpan(used, count - used).CopyTo(buffer);
                count -= used;
                if (count == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // An end like any other: the calls below are failed.
            Close();
        }
        List<GrpcCall> open;
        lock (_gate)
        {
            open = [.. _calls.Values];
            _calls.Clear();
        }
        foreach (var call in open) call.End();
    }

    private int HandleFrames(ReadOnlySpan<byte> bytes)
    {
        var used = 0;
        lock (_gate) _isReadingBatch = true;
        while (bytes.Length - used >= FrameHeaderBytes)
        {
            var header = bytes[used..];
            var length = BinaryPrimitives.ReadInt32BigEndian(header) >>> 8;
            if (header.Length < FrameHeaderBytes + length) break;
            var stream = BinaryPrimitives.ReadInt32BigEndian(header[5..]) & int.MaxValue;
            HandleFrame(header[3], header[4], stream, header.Slice(FrameHeaderBytes, length));
            used += FrameHeaderBytes + length;
        }
        bool send;
        lock (_gate)
        {
            _isReadingBatch = false;
            if (_consumed > OurWindow / 4)
            {
                Span<byte> grow = stackalloc byte[4];
                BinaryPrimitives.WriteInt32BigEndian(grow, (int)_consumed);
                WriteFrame(WindowUpdate, 0, 0, grow);
                _consumed = 0;
            }
            send = TakeSending();
        }
        if (send) Send();
        return used;
    }

    /// <summary>A backup may be larger than any window.</summary>
    private void Renew(int stream, GrpcCall call)
    {
        Span<byte> grow = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(grow, call.Consumed);
        call.Consumed = 0;
        lock (_gate) WriteFrame(WindowUpdate, 0, stream, grow);
    }

    private void HandleFrame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        switch (type)
        {
            case Data:
                _consumed += payload.Length;
                var taken = payload.Length;
                if ((flags & Padded) != 0) payload = payload[1..^payload[0]];
                if (Find(stream) is { } call)
                {
                    call.Receive(payload);
                    call.Consumed += taken;
                    if (call.Consumed > OurWindow / 4) Renew(stream, call);
                }
                if ((flags & EndStream) != 0) Finish(stream);
                break;
            case Headers when (flags & EndStream) != 0:
            case ResetStream:
                Finish(stream);
                break;
            case Settings when (flags & Acknowledge) == 0:
                lock (_gate) WriteFrame(Settings, Acknowledge, 0, default);
                break;
            case Ping when (flags & Acknowledge) == 0:
                lock (_gate) WriteFrame(Ping, Acknowledge, 0, payload);
                break;
            case WindowUpdate when stream == 0:
                Grow(BinaryPrimitives.ReadInt32BigEndian(payload));
                break;
            case GoAway:
                Close();
                break;
        }
    }

    private void Grow(int bytes)
    {
        lock (_gate)
        {
            _sendWindow += bytes;
            while (_held.TryPeek(out var next) && _sendWindow >= next.Frame.Length)
            {
                _held.Dequeue();
                _sendWindow -= next.Frame.Length;
                WriteFrame(Data, next.Stream > 0 ? EndStream : (byte)0, Math.Abs(next.Stream), next.Frame);
            }
        }
    }

    private GrpcCall? Find(int stream)
    {
        lock (_gate) return _calls.GetValueOrDefault(stream);
    }

    private void Finish(int stream)
    {
        GrpcCall? call;
        lock (_gate) _calls.Remove(stream, out call);
        call?.End();
    }

    private static void Literal(List<byte> block, int nameIndex, string value)
    {
        // Literal without indexing, name from the static table (RFC 7541 §6.2.2).
        if (nameIndex < 15)
        {
            block.Add((byte)nameIndex);
        }
        else
        {
            block.Add(15);
            block.Add((byte)(nameIndex - 15));
        }
        Text(block, value);
    }

    private static void Text(List<byte> block, string value)
    {
        block.Add((byte)value.Length);
        block.AddRange(Encoding.ASCII.GetBytes(value));
    }
}
