using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Hive.Etcd.Rpc;

namespace Hive.Etcd.Tests.Wire;

/// <summary>What a unary call came to, as a client sees it on the wire.</summary>
internal sealed record WireAnswer<T>(RpcCode Code, string Message, T? Response);

/// <summary>gRPC by hand over one HTTP/2 connection, so that tests can also send what no library would.</summary>
internal sealed class WireClient(Uri address) : IDisposable
{
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { EnableMultipleHttp2Connections = false, MaxResponseHeadersLength = 64 });

    public async Task<WireAnswer<TResponse>> CallAsync<TResponse>(
        string path, IMessage request, MessageParser<TResponse> parser, params (string Name, string Value)[] metadata)
        where TResponse : class, IMessage<TResponse> => await SendAsync(path, Frame(request.ToByteArray()), parser, metadata);

    /// <summary>Sends the bytes as they are as the body of a call.</summary>
    public async Task<WireAnswer<TResponse>> SendAsync<TResponse>(
        string path, byte[] body, MessageParser<TResponse> parser, params (string Name, string Value)[] metadata)
        where TResponse : class, IMessage<TResponse>
    {
        using var request = Request(path, new ByteArrayContent(body), metadata);
        using var response = await _http.SendAsync(request, CancellationToken.None);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/grpc", response.Content.Headers.ContentType?.MediaType);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        var (code, message) = Status(response);
        if (bytes.Length == 0) return new(code, message, null);
        Assert.Equal(0, bytes[0]);
        Assert.Equal(bytes.Length - 5, BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(1)));
        return new(code, message, parser.ParseFrom(bytes, 5, bytes.Length - 5));
    }

    public WireStream<TRequest, TResponse> Open<TRequest, TResponse>(
        string path, MessageParser<TResponse> parser, params (string Name, string Value)[] metadata)
        where TRequest : IMessage
        where TResponse : class, IMessage<TResponse>
    {
        var pipe = new Pipe();
        var request = Request(path, new PipeContent(pipe.Reader), metadata);
        return new WireStream<TRequest, TResponse>(_http.SendAsync(request, CancellationToken.None), pipe.Writer, parser);
    }

    public void Dispose() => _http.Dispose();

    public static byte[] Frame(byte[] message)
    {
        var frame = new byte[message.Length + 5];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, 5);
        return frame;
    }

    public static (RpcCode Code, string Message) Status(HttpResponseMessage response)
    {
        var trailers = response.TrailingHeaders;
        var code = trailers.TryGetValues("grpc-status", out var codes) ? (RpcCode)int.Parse(codes.Single()) : throw new InvalidDataException("no grpc-status");
        var message = trailers.TryGetValues("grpc-message", out var messages) ? Uri.UnescapeDataString(messages.Single()) : "";
        return (code, message);
    }

    private HttpRequestMessage Request(string path, HttpContent content, (string Name, string Value)[] metadata)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        foreach (var (name, value) in metadata) request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    private sealed class PipeContent(PipeReader source) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.FlushAsync(cancellationToken);
            while (true)
            {
                var read = await source.ReadAsync(cancellationToken);
                foreach (var part in read.Buffer) await stream.WriteAsync(part, cancellationToken);
                await stream.FlushAsync(cancellationToken);
                source.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) return;
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = -1;
            return false;
        }
    }
}

/// <summary>An open streaming call.</summary>
internal sealed class WireStream<TRequest, TResponse>(Task<HttpResponseMessage> sending, PipeWriter output, MessageParser<TResponse> parser) : IAsyncDisposable
    where TRequest : IMessage
    where TResponse : class, IMessage<TResponse>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private Stream? _input;

    public async Task SendAsync(TRequest request) => await output.WriteAsync(WireClient.Frame(request.ToByteArray()));

    public async Task SendRawAsync(byte[] bytes) => await output.WriteAsync(bytes);

    public void CompleteRequests() => output.Complete();

    /// <summary>Waits for the first byte of the first response, and reads no more.</summary>
    public async Task BeginsAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        _input ??= await (await sending.WaitAsync(patience.Token)).Content.ReadAsStreamAsync(patience.Token);
        await _input.ReadExactlyAsync(new byte[1], patience.Token);
    }

    /// <summary>The next response; null when the server ended the stream.</summary>
    public async Task<TResponse?> NextAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        _input ??= await (await sending.WaitAsync(patience.Token)).Content.ReadAsStreamAsync(patience.Token);
        var header = new byte[5];
        var read = await _input.ReadAtLeastAsync(header, 5, throwOnEndOfStream: false, patience.Token);
        if (read == 0) return null;
        var message = new byte[BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(1))];
        await _input.ReadExactlyAsync(message, patience.Token);
        return parser.ParseFrom(message);
    }

    /// <summary>The status that the server ended the stream with.</summary>
    public async Task<(RpcCode Code, string Message)> StatusAsync()
    {
        Assert.Null(await NextAsync());
        return WireClient.Status(await sending);
    }

    public async ValueTask DisposeAsync()
    {
        await output.CompleteAsync();
        if (sending.IsCompletedSuccessfully) (await sending).Dispose();
    }
}
