using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace Hive.Jepsen.Clients;

/// <summary>gRPC's framing over the framework's HTTP/2: a flag, a length, a message; the status is a trailer.</summary>
internal static class GrpcFrame
{
    private const int PrefixBytes = 5;
    private const int LongestMessage = 64 << 20;

    public static HttpRequestMessage Request(Uri member, string method, HttpContent content)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(member, method)) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = content };
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        return request;
    }

    public static byte[] Encode(IMessage message)
    {
        int size = message.CalculateSize();
        byte[] frame = new byte[PrefixBytes + size];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), size);
        message.WriteTo(frame.AsSpan(PrefixBytes));
        return frame;
    }

    /// <summary>The next message of an answer; null at its end.</summary>
    /// <exception cref="IOException">The answer broke off.</exception>
    public static async Task<T?> ReadAsync<T>(Stream from, MessageParser<T> parser, CancellationToken cancellation) where T : class, IMessage<T>
    {
        byte[] prefix = new byte[PrefixBytes];
        int read = await from.ReadAtLeastAsync(prefix, PrefixBytes, throwOnEndOfStream: false, cancellation);
        if (read == 0) return null;
        if (read < PrefixBytes) throw new IOException("the answer broke off within a frame");
        int length = BinaryPrimitives.ReadInt32BigEndian(prefix.AsSpan(1));
        if (length is < 0 or > LongestMessage) throw new IOException($"a frame of {length} bytes");
        byte[] message = new byte[length];
        await from.ReadExactlyAsync(message, cancellation);
        return parser.ParseFrom(message);
    }

    /// <summary>The status of an answer that was read to its end, wherever the server put it.</summary>
    public static (int Code, string Message) Status(HttpResponseMessage response)
    {
        string? code = Header(response, "grpc-status");
        if (code is null) return (GrpcCode.Unknown, $"no gRPC status; HTTP {(int)response.StatusCode}");
        return (int.Parse(code, System.Globalization.CultureInfo.InvariantCulture), Uri.UnescapeDataString(Header(response, "grpc-message") ?? ""));
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.TrailingHeaders.TryGetValues(name, out IEnumerable<string>? trailer) || response.Headers.TryGetValues(name, out trailer) ? trailer.First() : null;
}

/// <summary>gRPC's status codes, and which of Hive's refusals promise that nothing was changed.</summary>
internal static class GrpcCode
{
    public const int Ok = 0, Cancelled = 1, Unknown = 2, DeadlineExceeded = 4, Aborted = 10, Internal = 13, Unavailable = 14, DataLoss = 15;

    /// <summary>What the refusal says of a write: with these codes and texts nothing was proposed, with all others nobody knows.</summary>
    public static bool IsNotDone(int code, string message) => code switch
    {
        Cancelled or Unknown or DeadlineExceeded or Aborted or Internal or DataLoss => false,
        Unavailable => message.EndsWith("no leader", StringComparison.Ordinal) || message.EndsWith("server stopped", StringComparison.Ordinal),
        _ => true,
    };
}
