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
    private volatile OwnCertificate? _own;

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
                    ClientCertificateContext = Own(),
                    CertificateChainPolicy = Trust(),
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
                    ServerCertificateContext = Own(),
                    ClientCertificateRequired = true,
                    CertificateChainPolicy = Trust(),
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

    /// <summary>Membership of the cluster is what counts, not the name of a host.</summary>
    private bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate is X509Certificate2 shown && (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None && tls!.IsMember(shown);

    /// <summary>The chain must end in the cluster's own authority; what the certificate is for, server or client, is no question between members.</summary>
    private X509ChainPolicy Trust()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            VerificationFlags = X509VerificationFlags.IgnoreWrongUsage,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(tls!.Authorities());
        return policy;
    }

    /// <summary>Made anew when the own certificate is: it takes the chain of that to be built, and the machine's store to be read.</summary>
    private SslStreamCertificateContext Own()
    {
        X509Certificate2 now = tls!.Own();
        if (_own is { } known && ReferenceEquals(known.Certificate, now)) return known.Context;
        var context = SslStreamCertificateContext.Create(now, null, offline: true);
        _own = new OwnCertificate(now, context);
        return context;
    }

    private sealed record OwnCertificate(X509Certificate2 Certificate, SslStreamCertificateContext Context);

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
