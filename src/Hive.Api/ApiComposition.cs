using Hive.Api.Admission;
using Hive.Api.Authentication;
using Hive.Api.Authorization;
using Hive.Api.Discovery;
using Hive.Api.Drones;
using Hive.Api.Health;
using Hive.Api.Http;
using Hive.Api.OpenApi;
using Hive.Api.Storage;
using Hive.Api.Subresources;
using Hive.Api.Tasks;
using Hive.Api.Verbs;
using Hive.Api.Watch;
using Hive.Objects;
using Hive.Queen;
using Microsoft.Extensions.Logging;

namespace Hive.Api;

/// <summary>Puts the parts of the face together, and owns what runs in the background.</summary>
internal sealed class ApiComposition : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly DroneDialer _dialer;
    private readonly TaskDispatcher _dispatcher;
    private readonly ILogger _log;
    private Task _background = Task.CompletedTask;

    public ApiComposition(IQueen queen, ApiFaceOptions options)
    {
        ApiLimits limits = options.Limits;
        TimeProvider time = options.Time;
        _log = options.Log.CreateLogger("Hive.Api");
        _dialer = new DroneDialer(options.QueenCertificate, options.ClientAuthorities, limits);
        var storage = new ObjectStorage(queen, limits);
        var proposals = new Proposals(queen, limits, time);
        var tokens = new ServiceAccountTokens(options.ServiceAccountKey, "https://kubernetes.default.svc", ["https://kubernetes.default.svc", "kubernetes"]);
        var bootstrap = new BootstrapTokens(options.JoinTokens, storage, time);
        var authenticator = new Authenticator(new ClientCertificates(options.ClientAuthorities, limits, time), tokens, bootstrap, storage, proposals, time);
        var authorizer = new Authorizer(new NodeRestriction(new StoredNodeWorld(storage)), options.AnonymousTasksFromLoopback);
        var presentation = new Presentation(limits, time);
        var lister = new ObjectLister(storage, proposals, limits, time);
        var sessions = new Sessions(queen, storage, proposals, limits);
        var health = new HealthRoom(queen, options, Paths);
        _dispatcher = new TaskDispatcher(queen, storage, _dialer, limits, time, _log);
        IEndpointRoom[] rooms =
        [
            health,
            Resources(queen, options, storage, proposals, lister, presentation, tokens, authorizer, authenticator),
            new DiscoveryRoom(KindCatalog.BuiltIn, () => options.Listen.ToString(), limits),
            new OpenApiRoom(KindCatalog.BuiltIn, limits),
            new DroneRoom(options, sessions, new StatusBatches(storage, proposals, limits), bootstrap, storage),
            new TaskRoom(queen, proposals, limits, time),
            new NotFoundRoom(health.Paths),
        ];
        Pipeline = new Pipeline(authenticator, authorizer, proposals, rooms, limits, _log, _stopping.Token);
    }

    public Pipeline Pipeline { get; }

    /// <summary>Starts the task dispatcher.</summary>
    public void Start() => _background = Task.Run(() => RunDispatcherAsync(_stopping.Token));

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _background;
        _dialer.Dispose();
        _stopping.Dispose();
    }

    private ResourceRoom Resources(
        IQueen queen, ApiFaceOptions options, ObjectStorage storage, Proposals proposals, ObjectLister lister, Presentation presentation,
        ServiceAccountTokens tokens, Authorizer authorizer, Authenticator authenticator)
    {
        ApiLimits limits = options.Limits;
        TimeProvider time = options.Time;
        var admission = new AdmissionChain(
        [
            new NodeOwnership(),
            new NamespaceLifecycle(storage),
            new Preparation(time),
            new ServiceAccounts(storage),
            new ServiceAddresses(storage, options.ServiceRange, options.FirstNodePort, options.LastNodePort),
            new NodeEpochs(),
        ]);
        var writer = new ObjectWriter(storage, proposals, admission, new FieldOwners(time), new EventLeases(proposals, time), limits);
        var remover = new ObjectRemover(storage, proposals, writer, limits, time);
        var patches = new PatchApplication();
        var update = new UpdateVerb(writer, presentation);
        return new ResourceRoom(
            new ReadVerbs(storage, lister, presentation),
            new CreateVerb(writer, presentation),
            update,
            new PatchVerb(writer, patches, new ApplyVerb(writer, presentation, time, limits), presentation),
            new DeleteVerb(remover, presentation, limits),
            new DeleteCollectionVerb(lister, remover, presentation),
            new WatchVerb(queen, storage, lister, new WatchFrames(presentation, limits), limits, time),
            new PodSubresources(writer, remover, limits, time),
            new ScaleSubresource(storage, proposals, writer, presentation, patches),
            new TokenSubresource(storage, proposals, tokens, presentation, time),
            new PodLog(storage, proposals, _dialer, limits),
            new Reviews(authorizer, authenticator, presentation, time),
            new NamespaceFinalize(update));
    }

    private static readonly TimeSpan RestartAfter = TimeSpan.FromSeconds(1);

    private async Task RunDispatcherAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await _dispatcher.RunAsync(cancellation);
            }
            catch (OperationCanceledException)
            {
                // This face stops, or the queen behind it does and will give no leadership any more.
                _log.LogDebug("the task dispatcher stops");
                return;
            }
            catch (Exception bug)
            {
                // Its records are in the store: a fresh dispatcher goes on where this one failed.
                _log.LogError(bug, "the task dispatcher failed and is started anew");
                await Task.Delay(RestartAfter, CancellationToken.None);
            }
        }
    }

    private static IEnumerable<string> Paths()
    {
        IEnumerable<string> groups = KindCatalog.BuiltIn.Groups.Where(group => group.Length > 0)
            .SelectMany(group => KindCatalog.BuiltIn.Versions(group).Select(version => $"/apis/{group}/{version}").Prepend($"/apis/{group}"));
        return ["/api", "/api/v1", "/apis", .. groups, "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/submit_task", "/version"];
    }
}
