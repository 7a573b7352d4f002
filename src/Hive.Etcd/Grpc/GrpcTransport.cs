using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Pipelines;
using Google.Protobuf;
using Hive.Etcd.Rpc;
using Microsoft.AspNetCore.Http;

namespace Hive.Etcd.Grpc;

/// <summary>Messages as gRPC frames: one byte "compressed", four bytes length (big-endian), the message.</summary>
internal sealed class GrpcTransport(HttpContext http, EtcdLimits limits, AnswerTurns turns) : IRpcTransport
{
    private const int HeaderBytes = 5;
    private readonly PipeReader _input = http.Request.BodyReader;
    private readonly PipeWriter _output = http.Response.BodyWriter;

    public long ReceivedBytes { get; private set; }

    public long SentBytes { get; private set; }

    public async ValueTask<TRequest?> ReadAsync<TRequest>(MessageParser<TRequest> parser, CancellationToken cancellation)
        where TRequest : class, IMessage<TRequest>
    {
        while (true)
        {
            var read = await _input.ReadAsync(cancellation);
            var buffer = read.Buffer;
            if (TryTake(parser, buffer, out var request, out var rest))
            {
                _input.AdvanceTo(rest);
                return request;
            }
            if (read.IsCompleted)
            {
                var cut = !buffer.IsEmpty;
                _input.AdvanceTo(buffer.End);
                if (cut) throw new RpcAbort(new(RpcCode.Internal, "grpc: the request ended inside a message frame"));
                return null;
            }
            _input.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    public async ValueTask WriteAsync(IMessage response, bool flush, CancellationToken cancellation)
    {
        var size = response.CalculateSize();
        WriteHeader(size);
        response.WriteTo(_output);
        if (flush) await FlushAsync(cancellation);
    }

    public async ValueTask WriteAsync<TResponse>(IMessagePieces response, MessageParser<TResponse> parser, bool flush, CancellationToken cancellation)
        where TResponse : class, IMessage<TResponse>
    {
        // What is measured at once and written in one piece waits for nobody.
        var more = response.MeasureNext();
        while (more)
        {
            await using var turn = await turns.TakeAsync(cancellation);
            more = response.MeasureNext();
        }
        if (response.Size > int.MaxValue)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"grpc: trying to send message larger than max ({response.Size} vs. {int.MaxValue})");
            throw new RpcAbort(new(RpcCode.ResourceExhausted, text));
        }
        WriteHeader((int)response.Size);
        more = response.WriteNext(_output);
        while (more)
        {
            await FlushAsync(cancellation);
            if (response.IsMadeAsWritten)
            {
                await using var turn = await turns.TakeAsync(cancellation);
                more = response.WriteNext(_output);
                continue;
            }
            await Task.Yield();
            more = response.WriteNext(_output);
        }
        if (flush) await FlushAsync(cancellation);
    }

    private async ValueTask FlushAsync(CancellationToken cancellation)
    {
        var result = await _output.FlushAsync(cancellation);
        if (result.IsCompleted) throw new OperationCanceledException("the client has gone");
    }

    public async ValueTask StartAsync(CancellationToken cancellation) => await http.Response.StartAsync(cancellation);

    private void WriteHeader(int size)
    {
        var header = _output.GetSpan(HeaderBytes);
        header[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(header[1..], size);
        _output.Advance(HeaderBytes);
        SentBytes += size;
    }

    /// <summary>Takes the first message. What cannot be read is put behind before it is refused: the server goes on with the connection.</summary>
    private bool TryTake<TRequest>(
        MessageParser<TRequest> parser, ReadOnlySequence<byte> buffer, out TRequest? request, out SequencePosition rest)
        where TRequest : class, IMessage<TRequest>
    {
        request = null;
        rest = default;
        try
        {
            if (!TryFrame(buffer, out var frame)) return false;
            request = Parse(parser, frame);
            ReceivedBytes += frame.Length;
            rest = frame.End;
            return true;
        }
        catch (RpcAbort)
        {
            _input.AdvanceTo(buffer.End);
            throw;
        }
    }

    private bool TryFrame(ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> message)
    {
        message = default;
        if (buffer.Length < HeaderBytes) return false;
        Span<byte> header = stackalloc byte[HeaderBytes];
        buffer.Slice(0, HeaderBytes).CopyTo(header);
        if (header[0] == 1) throw new RpcAbort(new(RpcCode.Internal, "grpc: compressed flag set with identity or empty encoding"));
        if (header[0] != 0) throw new RpcAbort(new(RpcCode.Internal, "grpc: malformed message frame"));
        var length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        if (length > (uint)limits.ReceiveBytes) throw new RpcAbort(EtcdErrors.MessageTooLarge(length, limits.ReceiveBytes));
        if (buffer.Length < HeaderBytes + length) return false;
        message = buffer.Slice(HeaderBytes, length);
        return true;
    }

    private static TRequest Parse<TRequest>(MessageParser<TRequest> parser, ReadOnlySequence<byte> message)
        where TRequest : class, IMessage<TRequest>
    {
        try
        {
            return parser.ParseFrom(message);
        }
        catch (InvalidProtocolBufferException malformed)
        {
            throw new RpcAbort(new(RpcCode.Internal, $"grpc: error unmarshalling request: {malformed.Message}"));
        }
    }
}
