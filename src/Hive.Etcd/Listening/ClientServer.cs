using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Hive.Etcd.Budgets;
using Hive.Etcd.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Hive.Etcd.Listening;

/// <summary>The HTTP server on the client addresses.</summary>
internal sealed class ClientServer : IAsyncDisposable
{
    private readonly WebApplication[] _services;
    private readonly IServer _server;
    private readonly TimeSpan _stopPatience;

    private ClientServer(WebApplication[] services, IServer server, IReadOnlyList<EtcdEndpoint> endpoints, TimeSpan stopPatience) =>
        (_services, _server, Endpoints, _stopPatience) = (services, server, endpoints, stopPatience);

    public IReadOnlyList<EtcdEndpoint> Endpoints { get; }

    public static async Task<ClientServer> StartAsync(
        EtcdApplication application, ClientBudgets budgets, EtcdFaceOptions options, CancellationToken cancellation)
    {
        var sockets = new List<BoundSocket>();
        WebApplication? transport = null, services = null;
        try
        {
            transport = BuildTransport(options.Loggers);
            var logger = options.Loggers.CreateLogger("Hive.Etcd.Listening");
            foreach (var (address, tls) in options.Listen)
                sockets.Add(new BoundSocket(await BindAsync(FactoryOf(transport), address, cancellation), tls, options.Limits, logger));

            services = BuildServices(sockets, budgets, options);
            var server = services.Services.GetRequiredService<IServer>();
            await server.StartAsync(application, cancellation);
            return new ClientServer([services, transport], server, [.. sockets.Select(socket => new EtcdEndpoint(socket.Address, socket.Tls))], options.Limits.StopPatience);
        }
        catch
        {
            foreach (var socket in sockets) await socket.DisposeAsync();
            foreach (var built in new[] { services, transport }.OfType<WebApplication>()) await built.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Only for its services: a transport that is made by hand takes its buffers from the shared pool, which gives out empty ones where nothing certain is asked for. Apart from
    /// the server's, whose endpoints are the sockets that this one binds.
    /// </summary>
    internal static WebApplication BuildTransport(ILoggerFactory loggers)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        // "Unsafe" where application code would hold up a connection; HTTP/2 streams are given to the thread pool all the same.
        builder.WebHost.UseKestrelCore().UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        return builder.Build();
    }

    internal static SocketTransportFactory FactoryOf(WebApplication transport) => transport.Services.GetServices<IConnectionListenerFactory>().OfType<SocketTransportFactory>().First();

    private static async ValueTask<IConnectionListener> BindAsync(SocketTransportFactory transport, IPEndPoint address, CancellationToken cancellation)
    {
        try
        {
            return await transport.BindAsync(address, cancellation);
        }
        catch (Exception refused) when (refused is AddressInUseException or SocketException)
        {
            throw new IOException($"cannot serve etcd clients on {address}: {refused.Message}", refused);
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(_stopPatience);
        await _server.StopAsync(patience.Token);
        foreach (var services in _services) await services.DisposeAsync();
    }

    /// <summary>Only for its services (TLS needs them): the host itself is never started, so it takes no signals and adds nothing to a request.</summary>
    private static WebApplication BuildServices(List<BoundSocket> sockets, ClientBudgets budgets, EtcdFaceOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(options.Loggers);
        builder.Services.AddSingleton<IConnectionListenerFactory, SniffingListenerFactory>();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            Bound(kestrel, options.Limits);
            foreach (var socket in sockets)
            {
                if (socket.Tls)
                {
                    kestrel.Listen(new SniffedEndPoint(socket, ClientProtocol.Tls), listen => ServeTls(listen, budgets, options));
                    continue;
                }
                kestrel.Listen(new SniffedEndPoint(socket, ClientProtocol.Http1), listen => Serve(listen, HttpProtocols.Http1, budgets));
                kestrel.Listen(new SniffedEndPoint(socket, ClientProtocol.Http2), listen =>
                {
                    listen.Use(next => connection => AuthorityRepair.ServeAsync(connection, next));
                    Serve(listen, HttpProtocols.Http2, budgets);
                });
            }
        });
        return builder.Build();
    }

    private static void Bound(KestrelServerOptions kestrel, EtcdLimits limits)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = limits.Connections;
        kestrel.Limits.MaxConcurrentUpgradedConnections = 0;

        // Streams live for days and may be silent; each message has its own bound.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MaxResponseBufferSize = limits.StreamSendBytes;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromHours(2);
        kestrel.Limits.Http2.KeepAlivePingDelay = limits.SilenceBeforePing;
        kestrel.Limits.Http2.KeepAlivePingTimeout = limits.PingTimeout;
        kestrel.Limits.Http2.MaxStreamsPerConnection = limits.StreamsPerConnection;
        kestrel.Limits.Http2.InitialStreamWindowSize = limits.StreamWindowBytes;
        kestrel.Limits.Http2.InitialConnectionWindowSize = limits.ConnectionWindowBytes;
    }

    private static void Serve(ListenOptions listen, HttpProtocols protocols, ClientBudgets budgets)
    {
        listen.Protocols = protocols;
        listen.Use(next => connection => budgets.ServeAsync(connection, next));
    }

    private static void ServeTls(ListenOptions listen, ClientBudgets budgets, EtcdFaceOptions options)
    {
        var certificate = options.ServerCertificate!;
        var tls = new HttpsConnectionAdapterOptions { ServerCertificateSelector = (_, _) => certificate() };
        if (options.ClientAuthorities is { } authorities)
        {
            tls.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            tls.ClientCertificateValidation = (client, _, _) => IsSignedBy(client, authorities) && options.ClientIsAllowed?.Invoke(client) != false;
        }
        // Inside TLS, where the client's certificate is known.
        listen.UseHttps(tls);
        Serve(listen, HttpProtocols.Http1AndHttp2, budgets);
    }

    private static bool IsSignedBy(X509Certificate2 client, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.2"));
        return chain.Build(client);
    }
}
