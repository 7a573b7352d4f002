using System.Net;
using Hive.Api.Http;
using Hive.Queen;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Hive.Api;

/// <summary>
/// The Kubernetes face of one queen, with Hive's own HTTP endpoints beside it: one port that takes TLS (HTTP/1.1 and HTTP/2) and, for what needs no
/// credentials, plain HTTP/1.1. Every queen serves everything.
/// </summary>
public sealed class ApiFace : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ApiComposition _composition;

    private ApiFace(WebApplication application, ApiComposition composition, IPEndPoint endpoint)
    {
        _application = application;
        _composition = composition;
        Endpoint = endpoint;
    }

    /// <summary>Where this face listens.</summary>
    public IPEndPoint Endpoint { get; }

    /// <summary>Starts listening. Throws <see cref="IOException"/> when the endpoint is taken.</summary>
    public static async Task<ApiFace> StartAsync(IQueen queen, ApiFaceOptions options, CancellationToken cancellation = default)
    {
        var composition = new ApiComposition(queen, options);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, EmbeddedLifetime>();
        builder.Services.AddSingleton(options.Log);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, options));
        WebApplication application = builder.Build();
        application.Run(composition.Pipeline.HandleAsync);
        await application.StartAsync(cancellation);
        composition.Start();
        return new ApiFace(application, composition, BoundEndpoint(application, options.Listen));
    }

    /// <summary>Ends watches and background work, then the listener.</summary>
    public async ValueTask DisposeAsync()
    {
        await _composition.DisposeAsync();
        await _application.StopAsync();
        await _application.DisposeAsync();
    }

    private static void Configure(KestrelServerOptions kestrel, ApiFaceOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.MaxRequestLineSize = 64 * 1024;
        kestrel.Limits.MaxRequestHeadersTotalSize = 128 * 1024;
        kestrel.Limits.Http2.MaxStreamsPerConnection = 2_000;
        kestrel.Limits.Http2.InitialConnectionWindowSize = 4 * 1024 * 1024;
        kestrel.Limits.Http2.InitialStreamWindowSize = 1024 * 1024;
        kestrel.Listen(options.Listen, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            // The last middleware registered is built first: by the time the sniffer is built, the way past TLS is known.
            ConnectionDelegate? plain = null;
            listen.Use(secure => connection => TlsSniffing.RouteAsync(connection, secure, plain!));
            listen.UseHttps(https =>
            {
                https.ServerCertificateSelector = (_, _) => options.ServerCertificate();
                https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                // Judged at authentication, so that a bad certificate gets an answer in words rather than a broken handshake.
                https.ClientCertificateValidation = static (_, _, _) => true;
                https.CheckCertificateRevocation = false;
            });
            listen.Use(next => plain = next);
        });
    }

    private static IPEndPoint BoundEndpoint(WebApplication application, IPEndPoint asked)
    {
        string address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new IPEndPoint(asked.Address, new Uri(address).Port);
    }

    /// <summary>Signals belong to the process that hosts the face, not to the face.</summary>
    private sealed class EmbeddedLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
