using System.Net;
using Hive.Client.Connections;
using Hive.Client.Kubernetes;
using Hive.Drone;
using Hive.Drone.Shell;
using Hive.Network;
using Hive.Objects;
using Hive.Platform.Certificates;
using Microsoft.Extensions.Logging;

namespace Hive.Composition;

/// <summary>One drone with all that it does: the agent that runs pods, and the node's service proxy.</summary>
internal sealed class DroneHost : IAsyncDisposable
{
    private readonly ILogger _log;
    private readonly DroneDaemon _drone;
    private readonly NodeServices _services;
    private readonly KubernetesClient _client;

    private DroneHost(ILogger log, DroneDaemon drone, NodeServices services, KubernetesClient client)
    {
        _log = log;
        _drone = drone;
        _services = services;
        _client = client;
        Failure = ObserveAsync(drone);
    }

    /// <summary>Ends, with the reason, when this drone cannot go on.</summary>
    public Task<Exception> Failure { get; }

    /// <summary>Starts agent and proxy. Does not wait for the queens: pods that ran before run on without them.</summary>
    /// <exception cref="UsageException">The certificate is missing, the port is taken, or the runtime is not there.</exception>
    public static async Task<DroneHost> StartAsync(
        ClusterFile cluster, DroneEntry self, string dataFolder, bool removePodsAtExit, ILoggerFactory loggers, CancellationToken cancellation)
    {
        CertificateFolder certificates = ClusterCertificates.FolderOf(cluster);
        if (!certificates.Has(self.Name)) throw new UsageException($"there is no certificate for {self.Name} in {certificates.Path}; `hive certs` makes it");
        ILogger log = loggers.CreateLogger("drone");
        void Tell(string line) => log.LogInformation("{Line}", line);
        IReadOnlyList<Uri> queens = [.. cluster.Queens.Select(q => new Uri("https://" + q.Api))];
        var options = new DroneOptions
        {
            NodeName = self.Name,
            Queens = queens,
            Certificate = certificates.Load(self.Name),
            Authority = certificates.LoadAuthority(),
            Listen = IPEndPoint.Parse(self.Listen),
            DataDirectory = dataFolder,
            Runtime = self.Runtime switch { "docker" => RuntimeChoice.Docker, "process" => RuntimeChoice.Process, _ => RuntimeChoice.Auto },
            DockerSocket = DockerSocket(),
            Labels = StringMap.FromPairs(self.Labels),
            RemovePodsAtExit = removePodsAtExit,
            Log = Tell,
            PrintTask = Console.WriteLine,
        };
        DroneDaemon drone;
        try
        {
            drone = await DroneDaemon.StartAsync(options, cancellation);
        }
        catch (DroneStartException refused)
        {
            throw new UsageException($"{self.Name} cannot start: {refused.Message}");
        }
        var client = new KubernetesClient(new QueenPool(queens, new ClientCredentials(options.Authority, options.Certificate)));
        try
        {
            NodeServices services = await NodeServices.StartAsync(self.Name, client, Tell, TimeProvider.System, cancellation);
            return new DroneHost(log, drone, services, client);
        }
        catch
        {
            client.Dispose();
            await drone.DisposeAsync();
            throw;
        }
    }

    /// <summary>The proxy goes on until the pods are dealt with.</summary>
    public async ValueTask DisposeAsync()
    {
        await _drone.DisposeAsync();
        await _services.DisposeAsync();
        _client.Dispose();
        _log.LogInformation("stopped");
    }

    /// <summary>Where Docker's own tools look, too.</summary>
    private static string DockerSocket() =>
        Environment.GetEnvironmentVariable("DOCKER_HOST") is { } host && host.StartsWith("unix://", StringComparison.Ordinal) ? host["unix://".Length..] : "/var/run/docker.sock";

    private static async Task<Exception> ObserveAsync(DroneDaemon drone)
    {
        try
        {
            await drone.Failure;
        }
        catch (Exception failure)
        {
            return failure;
        }
        // Ended without failure: it is being disposed, and nobody waits for this any more.
        return new OperationCanceledException("the drone ended");
    }
}
