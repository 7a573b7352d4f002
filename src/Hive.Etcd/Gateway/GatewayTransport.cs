using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;
using Hive.Etcd.Rpc;
using Microsoft.AspNetCore.Http;

namespace Hive.Etcd.Gateway;

/// <summary>
/// The messages of one call as JSON: the request body is one object (or several, one after another, for a stream); the answer of a unary
/// call is one object, each answer of a stream a line <c>{"result":...}</c>.
/// </summary>
internal sealed class GatewayTransport(HttpContext http, EtcdLimits limits, RpcKind kind) : IRpcTransport
{
    /// <summary>Base64 makes four bytes of three, and a message has room for names besides.</summary>
    private const int TextPerByte = 2;

    public static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));
    private bool _any;

    public long ReceivedBytes { get; private set; }

    public long SentBytes { get; private set; }

    public async ValueTask<TRequest?> ReadAsync<TRequest>(MessageParser<TRequest> parser, CancellationToken cancellation)
        where TRequest : class, IMessage<TRequest>
    {
        var input = http.Request.BodyReader;
        while (true)
        {
            var read = await input.ReadAsync(cancellation);
            var buffer = read.Buffer;
            if (TryTake(buffer, read.IsCompleted, out var text, out var rest))
            {
                input.AdvanceTo(rest);
                _any = true;
                ReceivedBytes += text.Length;
                return Parse(parser, text);
            }
            input.AdvanceTo(buffer.Start, buffer.End);
            if (!read.IsCompleted) continue;

            // An empty body is an empty message, as the gateway of etcd has it; where a client may send many, it is none.
            if (_any || kind == RpcKind.Bidirectional) return null;
            _any = true;
            return parser.ParseFrom(ReadOnlySpan<byte>.Empty);
        }
    }

    public async ValueTask WriteAsync(IMessage response, bool flush, CancellationToken cancellation)
    {
        var output = http.Response.BodyWriter;
        if (!http.Response.HasStarted) http.Response.ContentType = "application/json";
        using (var json = new Utf8JsonWriter(output, Relaxed))
        {
            if (kind == RpcKind.Unary) MessageJson.Write(json, response);
            else
            {
                json.WriteStartObject();
                json.WritePropertyName("result");
                MessageJson.Write(json, response);
                json.WriteEndObject();
            }
            json.Flush();
            SentBytes += json.BytesCommitted;
        }
        if (kind == RpcKind.Unary) return;
        output.Write("\n"u8);
        if (flush) await output.FlushAsync(cancellation);
    }

    public ValueTask WriteAsync<TResponse>(IMessagePieces response, MessageParser<TResponse> parser, bool flush, CancellationToken cancellation)
        where TResponse : class, IMessage<TResponse>
    {
        var bytes = new ArrayBufferWriter<byte>();
        while (response.MeasureNext())
        {
        }
        while (response.WriteNext(bytes))
        {
        }
        return WriteAsync(parser.ParseFrom(bytes.WrittenSpan), flush, cancellation);
    }

    /// <summary>Headers leave with the first message: until then a refusal can still choose the status.</summary>
    public ValueTask StartAsync(CancellationToken cancellation) => default;

    /// <summary>Takes the first object. What cannot be read is put behind before it is refused: the server goes on with the connection.</summary>
    private bool TryTake(ReadOnlySequence<byte> buffer, bool last, out string text, out SequencePosition rest)
    {
        try
        {
            if (buffer.Length > (long)limits.ReceiveBytes * TextPerByte)
                throw new RpcAbort(new(RpcCode.ResourceExhausted, "the request body is larger than the limit"));
            return TryTakeObject(buffer, last, out text, out rest);
        }
        catch (RpcAbort)
        {
            http.Request.BodyReader.AdvanceTo(buffer.End);
            throw;
        }
    }

    private static bool TryTakeObject(ReadOnlySequence<byte> buffer, bool last, out string text, out SequencePosition rest)
    {
        text = "";
        var content = SkipSpace(buffer);
        rest = content.Start;
        if (content.IsEmpty) return false;
        try
        {
            var reader = new Utf8JsonReader(content, last, new JsonReaderState(new JsonReaderOptions { MaxDepth = 64 }));
            if (!JsonDocument.TryParseValue(ref reader, out var document)) return false;
            using (document)
            {
                text = document.RootElement.ValueKind switch
                {
                    JsonValueKind.Object => document.RootElement.GetRawText(),
                    // As the gateway of etcd has it.
                    JsonValueKind.Null => "{}",
                    var other => throw new RpcAbort(new(RpcCode.InvalidArgument, $"a JSON object is expected, not {other}")),
                };
            }
            rest = content.GetPosition(reader.BytesConsumed);
            return true;
        }
        catch (JsonException malformed)
        {
            throw new RpcAbort(new(RpcCode.InvalidArgument, $"invalid JSON: {malformed.Message}"));
        }
    }

    private static ReadOnlySequence<byte> SkipSpace(ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        reader.AdvancePastAny(" \t\r\n"u8);
        return reader.UnreadSequence;
    }

    private TRequest Parse<TRequest>(MessageParser<TRequest> parser, string text)
        where TRequest : class, IMessage<TRequest>
    {
        try
        {
            var descriptor = parser.ParseFrom(ReadOnlySpan<byte>.Empty).Descriptor;
            var message = (TRequest)Parser.Parse(text, descriptor);
            return message.CalculateSize() <= limits.ReceiveBytes ? message : throw new RpcAbort(EtcdErrors.MessageTooLarge(message.CalculateSize(), limits.ReceiveBytes));
        }
        catch (Exception malformed) when (malformed is InvalidProtocolBufferException or InvalidJsonException)
        {
            throw new RpcAbort(new(RpcCode.InvalidArgument, malformed.Message));
        }
    }
}
