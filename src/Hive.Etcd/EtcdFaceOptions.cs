using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hive.Etcd;

/// <summary>An address to serve clients on.</summary>
/// <param name="Tls">Serve TLS (needs <see cref="EtcdFaceOptions.ServerCertificate"/>); else cleartext HTTP/1.1 and HTTP/2 with prior knowledge.</param>
public sealed record EtcdEndpoint(IPEndPoint Address, bool Tls);

/// <summary>How the etcd face is served.</summary>
public sealed record EtcdFaceOptions
{
    /// <summary>At least one. Port 0 takes a free port, to be read from <see cref="EtcdFace.Endpoints"/>.</summary>
    public required IReadOnlyList<EtcdEndpoint> Listen { get; init; }

    /// <summary>Asked for at every handshake, so that a renewed certificate is used without a restart. Needed when an endpoint has TLS.</summary>
    public Func<X509Certificate2>? ServerCertificate { get; init; }

    /// <summary>When set, TLS clients must show a certificate that one of these authorities signed.</summary>
    public X509Certificate2Collection? ClientAuthorities { get; init; }

    /// <summary>Cleartext is served on loopback only unless this is set.</summary>
    public bool AllowCleartextBeyondLoopback { get; init; }

    public EtcdLimits Limits { get; init; } = new();

    /// <summary>
    /// The etcd version whose language this face speaks: clients switch features by it (a Kubernetes API server asks for progress
    /// requests from 3.5.13 on).
    /// </summary>
    public string EtcdVersion { get; init; } = "3.5.21";

    public ILoggerFactory Loggers { get; init; } = NullLoggerFactory.Instance;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
