using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Hive.Objects;

namespace Hive.Api.Drones;

/// <summary>Where a drone's own port is.</summary>
public sealed record DroneAddress(string Node, string Host, int Port)
{
    /// <summary>From the node's registration: its internal address, else any; null while it has none.</summary>
    public static DroneAddress? Of(Node node)
    {
        int port = node.Status.DaemonEndpoints.KubeletEndpoint.Port;
        NodeAddress? address = node.Status.Addresses.FirstOrDefault(candidate => candidate.Type == "InternalIP") ?? node.Status.Addresses.FirstOrDefault();
        return port > 0 && address is not null ? new DroneAddress(node.Metadata.Name, address.Address, port) : null;
    }
}

/// <summary>
/// Calls drones on their own port with this queen's credentials, and believes only a drone that shows its node's certificate: another process on the same
/// address is not talked to. Connections are kept and shared, one pool a node.
/// </summary>
public sealed class DroneDialer : IDisposable
{
    private static readonly HttpRequestOptionsKey<DroneAddress> AddressKey = new("drone");

    private readonly HttpClient _client;
    private readonly Func<X509Certificate2> _credentials;
    private readonly X509Certificate2Collection _authorities;

    public DroneDialer(Func<X509Certificate2> credentials, X509Certificate2Collection authorities, ApiLimits limits)
    {
        _credentials = credentials;
        _authorities = authorities;
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = ConnectAsync,
            ConnectTimeout = limits.DronePatience,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
        };
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Sends; the answer's body is not read yet. Throws <see cref="HttpRequestException"/> when the drone cannot be reached or is not who it should be.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, DroneAddress drone, string pathAndQuery, HttpContent? body, CancellationToken cancellation)
    {
        // The host names the node, so that pooled connections are never shared between two nodes; TLS is made by the connect callback.
        string host = Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(drone.Node));
        var message = new HttpRequestMessage(method, $"http://{host[..Math.Min(host.Length, 60)]}.{drone.Port}.drone.hive{pathAndQuery}") { Content = body };
        message.Options.Set(AddressKey, drone);
        return _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    public void Dispose() => _client.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        bool known = context.InitialRequestMessage.Options.TryGetValue(AddressKey, out DroneAddress? drone);
        Invariant.Check(known && drone is not null);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(drone.Host, drone.Port, cancellation);
            var secure = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = drone.Host,
                ClientCertificates = [_credentials()],
                RemoteCertificateValidationCallback = (_, certificate, _, _) => IsDroneOf(drone.Node, certificate),
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            }, cancellation);
            return secure;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private bool IsDroneOf(string node, X509Certificate? shown)
    {
        if (shown is not X509Certificate2 certificate || certificate.GetNameInfo(X509NameType.SimpleName, false) != $"system:node:{node}") return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        return chain.Build(certificate);
    }
}
