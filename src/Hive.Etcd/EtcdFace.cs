using System.Collections.Immutable;
using System.Net;
using Hive.Etcd.Budgets;
using Hive.Etcd.Gateway;
using Hive.Etcd.Grpc;
using Hive.Etcd.Http;
using Hive.Etcd.Listening;
using Hive.Etcd.Metrics;
using Hive.Etcd.Rpc;
using Hive.Etcd.Services;
using Hive.Etcd.Services.Archive;
using Hive.Etcd.Services.Auth;
using Hive.Etcd.Services.Contention;
using Hive.Etcd.Services.Maintenance;
using Hive.Etcd.Services.Travel;
using Hive.Etcd.Services.Watch;
using Hive.Queen;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Logging;

namespace Hive.Etcd;

/// <summary>The etcd v3 face of one queen: serves its clients from the moment it is started until it is disposed.</summary>
public sealed class EtcdFace : IAsyncDisposable
{
    private readonly ClientServer _server;
    private readonly CancellationTokenSource _stopping;
    private readonly LeaderPresence _leader;
    private readonly TokenBook _tokens;
    private readonly Func<Task> _farewell;
    private int _disposed;

    private EtcdFace(ClientServer server, CancellationTokenSource stopping, LeaderPresence leader, TokenBook tokens, AnswerTurns turns, Func<Task> farewell) =>
        (_server, _stopping, _leader, _tokens, Turns, _farewell) = (server, stopping, leader, tokens, turns, farewell);

    /// <summary>Where clients are served, with the ports that were taken for port 0.</summary>
    public IReadOnlyList<EtcdEndpoint> Endpoints => _server.Endpoints;

    /// <summary>Turns that this face's large answers take.</summary>
    internal AnswerTurns Turns { get; }

    /// <summary>Binds and serves.</summary>
    /// <exception cref="ArgumentException">The options contradict themselves (TLS without a certificate, cleartext beyond loopback).</exception>
    /// <exception cref="IOException">An address cannot be bound.</exception>
    public static async Task<EtcdFace> StartAsync(IQueen queen, EtcdFaceOptions options, CancellationToken cancellation)
    {
        Check(options);
        var limits = options.Limits;
        var logger = options.Loggers.CreateLogger("Hive.Etcd");
        var stopping = new CancellationTokenSource();
        var leader = new LeaderPresence(queen, limits, options.Time);

        var alarms = new AlarmBook(queen);
        var tokens = new TokenBook(queen, options);
        var auth = new AuthGate(queen, tokens);
        var turns = new AnswerTurns(limits, options.Time, () => queen.Store.AppliedIndex);
        var gate = new QueenGate(queen, auth, alarms, limits, turns);
        var leases = new LeaseService(gate, auth);
        var waiters = new Waiters(gate, leases);
        var watches = new WatchService(gate, auth, options.Time);
        ImmutableArray<RpcMethod> methods =
        [
            .. new KeyValueService(gate, auth).Methods, .. watches.Methods, .. leases.Methods,
            .. new ClusterService(gate).Methods, .. new MaintenanceService(gate, auth, alarms, options).Methods,
            .. new LockService(gate, auth, waiters).Methods, .. new ElectionService(gate, auth, waiters).Methods, .. HealthService.Methods,
            .. new AuthService(gate, auth, tokens).Methods, .. new TravelService(gate, auth).Methods, .. new ArchiveService(gate, auth).Methods,
        ];
        var counters = new RpcCounters(methods);
        var budgets = new ClientBudgets(limits, logger, options.Time);
        var runner = new RpcRunner(leader, auth, budgets, turns, counters, logger, options.Time, stopping.Token);
        var application = new EtcdApplication(
            new GrpcEndpoint(methods, runner, limits, turns), new JsonGateway(methods, runner, limits), new HealthPage(queen, alarms),
            new VersionPage(options), new MetricsPage(queen, options, counters, watches.Gauge, budgets), new VariablesPage(queen));
        try
        {
            return new EtcdFace(await ClientServer.StartAsync(application, budgets, options, cancellation), stopping, leader, tokens, turns, () => Task.Delay(limits.Farewell, options.Time));
        }
        catch
        {
            await tokens.DisposeAsync();
            leader.Dispose();
            stopping.Dispose();
            throw;
        }
    }

    /// <summary>Takes no more calls, tells open streams "server stopped", and gives calls under way a moment to end.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _stopping.CancelAsync();
        // Clients that have something to ask are refused now and go elsewhere. A connection that is closed while a request is on its way leaves that one without an answer.
        await _farewell();
        await _server.DisposeAsync();
        await _tokens.DisposeAsync();
        _leader.Dispose();
        _stopping.Dispose();
    }

    private static void Check(EtcdFaceOptions options)
    {
        if (options.Listen.Count == 0) throw new ArgumentException("the etcd face needs an address to listen on", nameof(options));
        foreach (var (address, tls) in options.Listen)
        {
            if (tls && options.ServerCertificate is null)
                throw new ArgumentException($"{address} is to be served with TLS, but there is no server certificate", nameof(options));
            if (!tls && !options.AllowCleartextBeyondLoopback && !IPAddress.IsLoopback(address.Address))
                throw new ArgumentException($"{address} is beyond loopback: cleartext there must be allowed expressly", nameof(options));
        }
    }
}
