using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Hive.Drone.Serving;

/// <summary>
/// One port for HTTP with and without TLS: a TLS connection begins with byte 0x16, which no HTTP method does. A caller's certificate is asked for and
/// judged later, request by request.
/// </summary>
internal sealed class TlsSniffer(X509Certificate2 certificate)
{
    private const byte Handshake = 0x16;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly SslStreamCertificateContext _own = SslStreamCertificateContext.Create(certificate, null, offline: true);

    public async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
        limit.CancelAfter(Patience);
        ReadResult first;
        try
        {
            first = await connection.Transport.Input.ReadAsync(limit.Token);
        }
        catch (Exception failure) when (failure is OperationCanceledException or ConnectionResetException or IOException)
        {
            return;
        }
        bool secure = !first.Buffer.IsEmpty && first.Buffer.FirstSpan[0] == Handshake;
        connection.Transport.Input.AdvanceTo(first.Buffer.Start);
        if (!secure)
        {
            await next(connection);
            return;
        }
        IDuplexPipe plain = connection.Transport;
        await using var stream = new SslStream(new PipeStream(plain), leaveInnerStreamOpen: true);
        try
        {
            await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = _own,
                ClientCertificateRequired = true,
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                ApplicationProtocols = [SslApplicationProtocol.Http11],
            }, limit.Token);
        }
        catch (Exception failure) when (failure is AuthenticationException or IOException or OperationCanceledException)
        {
            // Not a client of ours: nothing can be answered on such a connection.
            return;
        }
        connection.Features.Set<ITlsConnectionFeature>(new CallersCertificate(stream.RemoteCertificate as X509Certificate2));
        connection.Transport = new StreamPipe(stream);
        try
        {
            await next(connection);
            await connection.Transport.Output.CompleteAsync();
        }
        finally
        {
            connection.Transport = plain;
        }
    }

    private sealed class CallersCertificate(X509Certificate2? certificate) : ITlsConnectionFeature
    {
        public X509Certificate2? ClientCertificate { get; set; } = certificate;

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult(ClientCertificate);
    }

    private sealed class StreamPipe(Stream stream) : IDuplexPipe
    {
        public PipeReader Input { get; } = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));
        public PipeWriter Output { get; } = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
    }

    /// <summary>A pair of pipes as a stream, for TLS to run over.</summary>
    private sealed class PipeStream(IDuplexPipe pipe) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            ReadResult result = await pipe.Input.ReadAsync(cancellationToken);
            int count = (int)Math.Min(buffer.Length, result.Buffer.Length);
            result.Buffer.Slice(0, count).CopyTo(buffer.Span);
            pipe.Input.AdvanceTo(result.Buffer.GetPosition(count));
            return count;
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            await pipe.Output.WriteAsync(buffer, cancellationToken);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override async Task FlushAsync(CancellationToken cancellationToken) => await pipe.Output.FlushAsync(cancellationToken);
        public override void Flush() => throw new NotSupportedException("only the asynchronous methods are served");
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("only the asynchronous methods are served");
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("only the asynchronous methods are served");
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
