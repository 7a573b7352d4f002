using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hive.Etcd;

/// <summary>An address to serve clients on.</summary>
/// <param name="Tls">Serve TLS (needs <see cref="EtcdFaceOptions.ServerCertificate"/>); else cleartext HTTP/1.1 and HTTP/2 with prior knowledge.</param>
public sealed record EtcdEndpoint(IPEndPoint Address, bool Tls);

/// <summary>A kind of authentication token.</summary>
public enum AuthTokenKind : byte
{
    /// <summary>A signed JSON web token: nothing is kept for it, and it ends at its time.</summary>
    Jwt,
    /// <summary>Sixteen random letters and a number, as etcd's default: kept in the store, lives on while it is used.</summary>
    Simple,
}

/// <summary>How the etcd face is served.</summary>
public sealed record EtcdFaceOptions
{
    /// <summary>At least one. Port 0 takes a free port, to be read from <see cref="EtcdFace.Endpoints"/>.</summary>
    public required IReadOnlyList<EtcdEndpoint> Listen { get; init; }

    /// <summary>Asked for at every handshake, so that a renewed certificate is used without a restart. Needed when an endpoint has TLS.</summary>
    public Func<X509Certificate2>? ServerCertificate { get; init; }

    /// <summary>When set, TLS clients must show a certificate that one of these authorities signed.</summary>
    public X509Certificate2Collection? ClientAuthorities { get; init; }

    /// <summary>When set, TLS clients are refused whose certificate, of one of those authorities, it does not allow.</summary>
    public Func<X509Certificate2, bool>? ClientIsAllowed { get; init; }

    /// <summary>Cleartext is served on loopback only unless this is set.</summary>
    public bool AllowCleartextBeyondLoopback { get; init; }

    /// <summary>Which tokens <c>Authenticate</c> gives (etcd's <c>--auth-token</c>). Tokens of either kind are taken.</summary>
    public AuthTokenKind AuthToken { get; init; } = AuthTokenKind.Jwt;

    /// <summary>How long a token lives (etcd's <c>--auth-token-ttl</c>); a simple one is prolonged by use.</summary>
    public TimeSpan AuthTokenLife { get; init; } = TimeSpan.FromSeconds(300);

    public EtcdLimits Limits { get; init; } = new();

    /// <summary>
    /// The etcd version whose language this face speaks: clients switch features by it (a Kubernetes API server asks for progress
    /// requests from 3.5.13 on).
    /// </summary>
    public string EtcdVersion { get; init; } = "3.5.21";

    public ILoggerFactory Loggers { get; init; } = NullLoggerFactory.Instance;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
