using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Hive.Api;
using Hive.Control;
using Hive.Control.Shell;
using Hive.Etcd;
using Hive.Objects;
using Hive.Platform;
using Hive.Platform.Certificates;
using Hive.Queen;
using Hive.Store;
using Microsoft.Extensions.Logging;

namespace Hive.Composition;

/// <summary>
/// One queen with all that she does: consensus and store, the etcd face, the Kubernetes face, and the control plane that wakes when she leads.
/// Started from the inside out, stopped from the outside in.
/// </summary>
internal sealed class QueenHost : IAsyncDisposable
{
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly QueenServer _queen;
    private readonly EtcdFace _etcd;
    private readonly ApiFace _api;
    private readonly ControlLoop _control;
    private readonly Task _announcing;
    private readonly Task _firstCalls;
    private readonly DirectoryLock _directory;

    private QueenHost(
        ILogger log, DirectoryLock directory, QueenServer queen, EtcdFace etcd, ApiFace api, ControlLoop control, QueenAnnouncement announcement, FirstCalls calls)
    {
        _directory = directory;
        _log = log;
        _queen = queen;
        _etcd = etcd;
        _api = api;
        _control = control;
        _announcing = announcement.RunAsync(_stop.Token);
        _firstCalls = calls.RunAsync(_stop.Token);
    }

    /// <summary>Ends, with the reason, when this queen cannot go on.</summary>
    public required Task<Exception> Failure { get; init; }

    /// <summary>Opens the state in <paramref name="dataFolder"/> and serves. Answers when the ports are open, not when there is a leader.</summary>
    /// <exception cref="UsageException">A certificate is missing, or a port is taken.</exception>
    /// <exception cref="QueenStartException">The state on disk cannot be opened; the message says why.</exception>
    public static async Task<QueenHost> StartAsync(ClusterFile cluster, QueenEntry self, string dataFolder, ILoggerFactory loggers, CancellationToken cancellation)
    {
        CertificateFolder certificates = ClusterCertificates.FolderOf(cluster);
        if (!certificates.Has(self.Name)) throw new UsageException($"there is no certificate for {self.Name} in {certificates.Path}; `hive certs` makes it");
        Func<X509Certificate2> own = CertificateSource.Create(() => certificates.Load(self.Name), TimeProvider.System);
        var authorities = new X509Certificate2Collection(certificates.LoadAuthority());
        ILogger log = loggers.CreateLogger("queen");
        Collector.PreferShortPauses();
        if (!Collector.IsForServing) log.LogWarning("this process was not set up to serve (its runtimeconfig.json lacks System.GC.Server): collections of a large heap will hold everybody up");
        var failure = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        Directory.CreateDirectory(dataFolder);
        DirectoryLock directory = DirectoryLock.TryTake(dataFolder) ?? throw new UsageException($"another queen runs with {dataFolder}; each needs a data folder of its own");
        QueenServer? queen = null;
        try
        {
            queen = await QueenServer.StartAsync(QueenOptionsOf(cluster, self, dataFolder, own, authorities, log, failure), cancellation);
            EtcdFace etcd = await EtcdFace.StartAsync(queen, new EtcdFaceOptions
            {
                Listen = [new EtcdEndpoint(IPEndPoint.Parse(self.Etcd), Tls: true), .. self.EtcdPlain is { } plain ? [new EtcdEndpoint(IPEndPoint.Parse(plain), Tls: false)] : Array.Empty<EtcdEndpoint>()],
                ServerCertificate = own,
                ClientAuthorities = authorities,
                // What a drone may read and write is for the Kubernetes face to say.
                ClientIsAllowed = certificate => !CertificateNames.Of(certificate).IsIn(CertificateNames.Nodes),
                Loggers = loggers,
            }, cancellation);
            ApiFace api = await ApiFace.StartAsync(queen, ApiOptionsOf(cluster, self, certificates, own, authorities, loggers), cancellation);
            var control = new ControlLoop(new QueenControlHost(queen), StandardControllers.Create(ControlLimits.Default, ClusterCertificates.FirstAddress(cluster.ServiceRange)), ControlLimits.Default);
            control.Start();
            _ = control.Completion.ContinueWith(ended => failure.TrySetResult(ended.Exception!.GetBaseException()), cancellation, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            var announcement = new QueenAnnouncement(queen, self, certificates, log);
            var calls = new FirstCalls(queen, self, own(), certificates.LoadAuthority(), log);
            return new QueenHost(log, directory, queen, etcd, api, control, announcement, calls) { Failure = failure.Task };
        }
        catch (Exception refused)
        {
            if (queen is not null) await queen.DisposeAsync();
            directory.Dispose();
            if (queen is not null && refused is IOException) throw new UsageException($"{self.Name} cannot listen: {refused.Message}");
            throw;
        }
    }

    /// <summary>
    /// Leadership is handed over before the faces close, so that clients elsewhere miss nothing; the faces close before the queen ends, so that
    /// calls under way here are answered through the new leader.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _announcing;
        await _firstCalls;
        await _control.DisposeAsync();
        await _queen.HandOverAsync();
        await Task.WhenAll(_etcd.DisposeAsync().AsTask(), _api.DisposeAsync().AsTask());
        await _queen.DisposeAsync();
        _directory.Dispose();
        _stop.Dispose();
        _log.LogInformation("stopped");
    }

    /// <summary>A queen of the cluster file, as a member that votes.</summary>
    public static QueenMember MemberOf(QueenEntry queen) => new(queen.Id, queen.Name, ["https://" + queen.Peer], ["https://" + queen.Etcd], IsLearner: false);

    private static QueenOptions QueenOptionsOf(
        ClusterFile cluster, QueenEntry self, string dataFolder, Func<X509Certificate2> own, X509Certificate2Collection authorities, ILogger log, TaskCompletionSource<Exception> failure)
    {
        return new QueenOptions
        {
            Disk = new LinuxDisk(dataFolder),
            Cluster = cluster.Id,
            Self = self.Id,
            Name = self.Name,
            Limits = cluster.Limits,
            ClientUrls = ["https://" + self.Etcd],
            InitialMembers = self.Joins
                ? []
                : [.. cluster.Founders.Select(MemberOf)],
            // A cluster of one on no port of its own (`hive dev`) stays alone.
            PeerListen = IPEndPoint.Parse(self.Peer) is { Port: > 0 } peer ? peer : null,
            Tls = new PeerTls(own, () => authorities, certificate => CertificateNames.Of(certificate).IsIn(CertificateNames.Queens)),
            ReadsByLease = cluster.ReadsByLease,
            Log = (level, line) => log.Log(level switch { QueenLogLevel.Error => LogLevel.Error, QueenLogLevel.Warning => LogLevel.Warning, _ => LogLevel.Information }, "{Line}", line),
            Failed = reason => failure.TrySetResult(reason),
            Removed = () => failure.TrySetResult(new QueenRemovedException(self.Name, dataFolder)),
        };
    }

    private static ApiFaceOptions ApiOptionsOf(
        ClusterFile cluster, QueenEntry self, CertificateFolder certificates, Func<X509Certificate2> own, X509Certificate2Collection authorities, ILoggerFactory loggers)
    {
        ECDsa accounts = ECDsa.Create();
        accounts.ImportFromPem(File.ReadAllText(certificates.KeyFile(ClusterCertificates.ServiceAccounts)));
        string token = File.ReadAllText(Path.Combine(certificates.Path, ClusterCertificates.JoinToken)).Trim();
        ImmutableArray<string> urls = [.. cluster.Queens.Select(q => "https://" + q.Api)];
        return new ApiFaceOptions
        {
            Listen = IPEndPoint.Parse(self.Api),
            ServerCertificate = own,
            ClientAuthorities = authorities,
            QueenCertificate = own,
            Signer = new ClusterSigner(certificates, cluster.Name, TimeProvider.System),
            ServiceAccountKey = accounts,
            JoinTokens = [token],
            QueenUrls = () => urls,
            ServiceRange = IPNetwork.Parse(cluster.ServiceRange),
            Version = ProductVersion.Text,
            Log = loggers,
        };
    }
}

/// <summary>This queen was removed from her cluster: there is nothing more for her to do.</summary>
internal sealed class QueenRemovedException(string name, string dataFolder)
    : Exception($"{name} was removed from the cluster; her state in {dataFolder} is of no more use and can be deleted");
