using System.Net;
using Hive.Client.Connections;
using Hive.Client.Kubernetes;
using Hive.Drone.Pods;
using Hive.Drone.Runtimes;
using Hive.Drone.Runtimes.Docker;
using Hive.Drone.Runtimes.Process;
using Hive.Drone.Serving;
using Hive.Drone.Variables;

namespace Hive.Drone.Shell;

/// <summary>A drone that cannot start; the message says why, and what to do.</summary>
public sealed class DroneStartException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A running drone. Disposing it stops the agent and leaves the containers running (unless <see cref="DroneOptions.RemovePodsAtExit"/>): the next process of this drone adopts them.</summary>
public sealed class DroneDaemon : IAsyncDisposable
{
    /// <summary>Longer than the grace of the pods that are taken down, shorter than what a supervisor waits for a drone to end.</summary>
    private static readonly TimeSpan RemovalPatience = TimeSpan.FromSeconds(12);

    private readonly CancellationTokenSource _stop = new();
    private readonly IContainerRuntime _runtime;
    private readonly IQueenLink _link;
    private readonly ProbeRunner _probes;
    private readonly DroneJournal _journal;
    private readonly DroneServer _server;
    private readonly DroneLoop _loop;
    private readonly FileStream _lock;
    private readonly DroneOptions _options;
    private readonly Task[] _work;

    private DroneDaemon(
        DroneOptions options, IContainerRuntime runtime, IQueenLink link, ProbeRunner probes, DroneJournal journal, DroneServer server, DroneLoop loop,
        EventSender events, NodeKeeper keeper, FileStream @lock)
    {
        (_runtime, _link, _probes, _journal, _server, _loop, _lock, _options) = (runtime, link, probes, journal, server, loop, @lock, options);
        server.Pods = () => loop.View;
        server.IsReady = () => keeper.IsRegistered && loop.HasSession && loop.RuntimeWell;
        _work =
        [
            Guard("the drone's loop", loop.RunAsync(_stop.Token), options, _stop.Token),
            Guard("the node keeper", keeper.RunAsync(_stop.Token), options, _stop.Token),
            Guard("the event sender", events.RunAsync(_stop.Token), options, _stop.Token),
        ];
    }

    /// <summary>The drone's own port.</summary>
    public int Port => _server.Port;

    /// <summary>Name of the runtime in use.</summary>
    public string RuntimeName => _runtime.Name;

    /// <summary>True while it holds a session, is registered, and its runtime answers.</summary>
    public bool IsReady => _server.IsReady();

    /// <summary>Ends when a part of the drone has failed in a way that it does not expect; the exception says which.</summary>
    public Task Failure => Task.WhenAny(_work).Unwrap();

    /// <summary>Starts a drone. It does not wait for the queens: what it was told before runs on without them.</summary>
    /// <exception cref="DroneStartException">The directory is in use or damaged, the runtime is not there, or the port is taken.</exception>
    public static Task<DroneDaemon> StartAsync(DroneOptions options, CancellationToken cancellation)
    {
        var pool = new QueenPool([.. options.Queens], new ClientCredentials(options.Authority, options.Certificate), options.Clock);
        return StartAsync(options, new HttpQueenLink(new KubernetesClient(pool), options.Clock), cancellation);
    }

    /// <summary>As above, over another link to the queens. The daemon disposes it.</summary>
    public static async Task<DroneDaemon> StartAsync(DroneOptions options, IQueenLink link, CancellationToken cancellation)
    {
        Directory.CreateDirectory(options.DataDirectory);
        // Below it lie secrets.
        File.SetUnixFileMode(options.DataDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        options = options with { DataDirectory = Path.GetFullPath(options.DataDirectory) };
        FileStream own = Lock(options.DataDirectory);
        string machineBoot = NodeDescription.MachineBootId;
        string bootId = $"{machineBoot}/{IdentityOf(options.DataDirectory)}";
        IContainerRuntime runtime = await OpenRuntimeAsync(options, machineBoot, cancellation);
        foreach (string note in runtime.Notes) options.Log($"{runtime.Name} runtime: {note}");
        DroneJournal journal = OpenJournal(options, machineBoot);
        var description = new NodeDescription(options, runtime);
        var facts = new NodeFacts(options.NodeName, description.HostAddress, runtime.Name);
        var deadline = new DeadlineFile(Path.Combine(options.DataDirectory, "deadline"), machineBoot);
        var node = new DroneNode(facts, journal.State, deadline.Read(), new DroneNow(HostCalls.Boottime(), new WallTime(DateTime.UtcNow.Ticks)));
        var sources = new ObjectSources(link, () => new PodFacts("", description.HostAddress, options.NodeName, Environment.ProcessorCount * 1000L, description.MemoryBytes));
        var volumes = new VolumeKeeper(options.DataDirectory, sources);
        var specs = new ContainerSpecs(volumes, sources, deadline.Path, description.MemoryBytes);
        var probes = new ProbeRunner(runtime);
        var carrier = new OrderCarrier(runtime, volumes, specs, sources, probes, description.HostAddress);
        var events = new EventSender(link, options.NodeName, options.Clock);
        var loop = new DroneLoop(node, journal, runtime, carrier, link, events, deadline, options, bootId);
        DroneServer server;
        try
        {
            server = await DroneServer.StartAsync(options, runtime, cancellation);
        }
        catch (IOException failure)
        {
            throw new DroneStartException($"the drone cannot listen on {options.Listen}: {failure.Message}", failure);
        }
        var keeper = new NodeKeeper(link, description, loop, options, server.Port);
        return new DroneDaemon(options, runtime, link, probes, journal, server, loop, events, keeper, own);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_options.RemovePodsAtExit)
        {
            using var patience = new CancellationTokenSource(RemovalPatience);
            await PodRemoval.RemoveAllAsync(_runtime, _options.Log, patience.Token);
        }
        await _server.DisposeAsync();
        await _runtime.DisposeAsync();
        await _link.DisposeAsync();
        _probes.Dispose();
        _journal.Dispose();
        await _lock.DisposeAsync();
        _stop.Dispose();
    }

    private static async Task Guard(string part, Task work, DroneOptions options, CancellationToken stop)
    {
        try
        {
            await work;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return;
        }
        catch (Exception failure)
        {
            options.Log($"{part} failed: {failure}");
            throw;
        }
    }

    private static FileStream Lock(string directory)
    {
        try
        {
            return new FileStream(Path.Combine(directory, "drone.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException failure)
        {
            throw new DroneStartException($"another drone uses {directory}; each needs a data directory of its own", failure);
        }
    }

    /// <summary>Tells this drone from another one with the same name: a cloned disk boots another machine, a second directory has another identity.</summary>
    private static string IdentityOf(string directory)
    {
        string path = Path.Combine(directory, "identity");
        if (!File.Exists(path)) File.WriteAllText(path, Guid.NewGuid().ToString("n"));
        return File.ReadAllText(path).Trim();
    }

    private static DroneJournal OpenJournal(DroneOptions options, string machineBoot)
    {
        try
        {
            return DroneJournal.Open(Path.Combine(options.DataDirectory, "journal"), machineBoot);
        }
        catch (InvalidDataException failure)
        {
            throw new DroneStartException($"{failure.Message}. To start over, stop this node's pods and remove {Path.Combine(options.DataDirectory, "journal")}", failure);
        }
    }

    private static async Task<IContainerRuntime> OpenRuntimeAsync(DroneOptions options, string machineBoot, CancellationToken cancellation)
    {
        if (options.Runtime != RuntimeChoice.Process)
        {
            string cluster = options.Authority.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256)[..16].ToLowerInvariant();
            if (await DockerRuntime.TryConnectAsync(options.DockerSocket, cluster, options.NodeName, cancellation) is { } docker) return docker;
            if (options.Runtime == RuntimeChoice.Docker) throw new DroneStartException($"no Docker engine answers at {options.DockerSocket}; start one, or choose the process runtime");
        }
        return await ProcessRuntime.OpenAsync(Path.Combine(options.DataDirectory, "process"), options.NodeName, machineBoot, cancellation);
    }
}
