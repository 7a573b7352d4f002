using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Hive.Api.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hive.Api;

/// <summary>What the Kubernetes face of one queen is given.</summary>
public sealed record ApiFaceOptions
{
    /// <summary>Where to listen; port 0 takes a free one (see <see cref="ApiFace.Endpoint"/>).</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>Asked at each handshake, so that a renewed certificate is used without a restart.</summary>
    public required Func<X509Certificate2> ServerCertificate { get; init; }

    /// <summary>Authorities whose client certificates are believed, and by whom drones' own certificates must be signed.</summary>
    public required X509Certificate2Collection ClientAuthorities { get; init; }

    /// <summary>This queen's own credentials (O=hive:queens) towards drones. Asked at each new connection.</summary>
    public required Func<X509Certificate2> QueenCertificate { get; init; }

    public required ICertificateSigner Signer { get; init; }

    /// <summary>P-256 key that signs service account tokens: the same on every queen.</summary>
    public required ECDsa ServiceAccountKey { get; init; }

    /// <summary>Bootstrap tokens that are valid beside those kept as Secrets in kube-system.</summary>
    public ImmutableArray<string> JoinTokens { get; init; } = [];

    /// <summary>URLs of the queens' Kubernetes ports as a joining drone should know them; asked at each join.</summary>
    public Func<ImmutableArray<string>> QueenUrls { get; init; } = static () => [];

    /// <summary>Cluster addresses of Services come from here. The first address is that of the <c>kubernetes</c> Service.</summary>
    public IPNetwork ServiceRange { get; init; } = IPNetwork.Parse("10.43.0.0/16");

    public int FirstNodePort { get; init; } = 30_000;

    public int LastNodePort { get; init; } = 32_767;

    /// <summary>Hive's own version, as health and version answers show it.</summary>
    public string Version { get; init; } = "0.1.0";

    /// <summary>Whether a caller on this machine may submit tasks without credentials, as the tutorial's curl does.</summary>
    public bool AnonymousTasksFromLoopback { get; init; } = true;

    public ApiLimits Limits { get; init; } = new();

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public ILoggerFactory Log { get; init; } = NullLoggerFactory.Instance;
}
