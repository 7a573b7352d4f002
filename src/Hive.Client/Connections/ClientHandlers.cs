using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Hive.Client.Connections;

/// <summary>The one place where a client's TLS is set up: trust in the cluster's authority alone, and the client's own certificate.</summary>
public static class ClientHandlers
{
    /// <summary>A queen that does not even accept a connection in this time is passed over.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    /// <summary>A handler whose connections trust and present what the credentials say.</summary>
    public static SocketsHttpHandler Create(ClientCredentials credentials)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = Dialing.ConnectAsync,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            KeepAlivePingDelay = TimeSpan.FromSeconds(5),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
            EnableMultipleHttp2Connections = true,
            UseProxy = false,
            AllowAutoRedirect = false,
        };
        if (credentials.Authority is { } authority)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.Add(authority);
            handler.SslOptions.CertificateChainPolicy = policy;
        }
        if (credentials.Certificate is { } own)
        {
            handler.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(own, null, offline: true);
        }
        return handler;
    }
}
