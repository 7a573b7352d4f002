using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Hive.Queen.Peers;

/// <summary>Opens streams between members: TCP, with mutual TLS where certificates are given.</summary>
internal sealed class PeerTransport(PeerTls? tls, QueenLimits limits)
{
    public async Task<Stream> CallAsync(string host, int port, CancellationToken cancellation)
    {
        Socket socket = Tune(new Socket(SocketType.Stream, ProtocolType.Tcp));
        try
        {
            using (var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation))
            {
                patience.CancelAfter(limits.PeerConnect);
                await socket.ConnectAsync(host, port, patience.Token);
            }
            var stream = new NetworkStream(socket, ownsSocket: true);
            if (tls is null) return stream;
            var secure = new SslStream(stream);
            await secure.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = host,
                    ClientCertificateContext = SslStreamCertificateContext.Create(tls.Own(), null, offline: true),
                    RemoteCertificateValidationCallback = Validate,
                    EnabledSslProtocols = SslProtocols.Tls13 | SslProtocols.Tls12,
                },
                cancellation);
            return secure;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>
    /// What was sent and is not acknowledged in time ends the connection. The kernel's own patience doubles with each try: after a partition of seconds it would say nothing for
    /// seconds more, where a new connection is made at once.
    /// </summary>
    private Socket Tune(Socket socket)
    {
        const int Tcp = 6, TcpUserTimeout = 18;
        socket.NoDelay = true;
        Span<byte> milliseconds = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(milliseconds, (int)limits.PeerSilence.TotalMilliseconds);
        socket.SetRawSocketOption(Tcp, TcpUserTimeout, milliseconds);
        return socket;
    }

    /// <summary>
    /// For a thread that waits; it waits in the kernel only as long as the socket is never used asynchronously. Closing the socket ends it.
    /// </summary>
    public Stream Accept(Socket socket)
    {
        Tune(socket);
        var stream = new NetworkStream(socket, ownsSocket: true);
        if (tls is null) return stream;
        var secure = new SslStream(stream);
        try
        {
            secure.AuthenticateAsServer(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = SslStreamCertificateContext.Create(tls.Own(), null, offline: true),
                    ClientCertificateRequired = true,
                    RemoteCertificateValidationCallback = Validate,
                    EnabledSslProtocols = SslProtocols.Tls13 | SslProtocols.Tls12,
                });
            return secure;
        }
        catch
        {
            secure.Dispose();
            throw;
        }
    }

    /// <summary>Membership of the cluster is what counts, not the name of a host: the chain must end in the cluster's own authority.</summary>
    private bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null || tls is null) return false;
        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(tls.Authorities());
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        using X509Certificate2 shown = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return own.Build(shown);
    }

    /// <summary>Host and port of a peer address such as https://10.0.0.1:2380 or 10.0.0.1:2380.</summary>
    public static bool TryParse(string address, out string host, out int port)
    {
        string text = address.Contains("://", StringComparison.Ordinal) ? address : $"tcp://{address}";
        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Port > 0)
        {
            (host, port) = (uri.Host.Trim('[', ']'), uri.Port);
            return true;
        }
        (host, port) = ("", 0);
        return false;
    }
}
