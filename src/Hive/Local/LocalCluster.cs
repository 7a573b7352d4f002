using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Hive.Client.Connections;
using Hive.Client.Kubernetes;
using Hive.Commands;
using Hive.Composition;
using Hive.Platform.Certificates;

namespace Hive.Local;

/// <summary>All queens and drones of a cluster file as processes on this machine. Disposing it stops them.</summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    /// <summary>How long starting may take before it counts as failed: far above the seconds that it needs, even on a busy machine.</summary>
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    private readonly string _clusterFile;
    private readonly SortedDictionary<string, ChildProcess> _children = new(StringComparer.Ordinal);

    private LocalCluster(ClusterFile cluster, string clusterFile, ClientProfile profile, string kubeconfig)
    {
        Cluster = cluster;
        Profile = profile;
        Kubeconfig = kubeconfig;
        _clusterFile = clusterFile;
    }

    public ClusterFile Cluster { get; }
    public ClientProfile Profile { get; }
    public string Kubeconfig { get; }

    /// <summary>Makes certificates and client files, and starts every process. Does not wait until they are ready.</summary>
    /// <exception cref="UsageException">A port is taken.</exception>
    public static LocalCluster Start(ClusterFile cluster)
    {
        CheckPorts(cluster);
        Directory.CreateDirectory(cluster.DataFolder);
        CertificateFolder certificates = ClusterCertificates.Ensure(cluster, TimeProvider.System.GetUtcNow());
        (string kubeconfig, string profile) = ClusterCertificates.WriteClients(cluster, certificates);
        string file = Path.Combine(cluster.DataFolder, "cluster.json");
        File.WriteAllText(file, (cluster with { Data = "." }).ToJson() + "\n");
        var local = new LocalCluster(cluster, file, ClientProfile.Load(profile), kubeconfig);
        foreach (QueenEntry queen in cluster.Queens) local.StartQueen(queen.Name);
        foreach (DroneEntry drone in cluster.Drones) local.StartDrone(drone.Name);
        return local;
    }

    public void StartQueen(string name) => StartChild(name, ["queen", "--cluster", _clusterFile, "--name", name]);

    public void StartDrone(string name) => StartChild(name, ["drone", "--cluster", _clusterFile, "--name", name, "--remove-pods-at-exit"]);

    public ChildProcess Child(string name) => _children[name];

    /// <summary>Waits until every queen serves and every drone is a Ready node, telling each step.</summary>
    /// <exception cref="UsageException">A process ended, or time ran out; with the end of its log.</exception>
    public async Task WaitUntilReadyAsync(Action<string> tell, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(StartPatience);
        try
        {
            foreach (QueenEntry queen in Cluster.Queens)
            {
                await UntilAsync(queen.Name, () => IsServingAsync(queen, limit.Token), limit.Token);
                tell($"{queen.Name} serves (etcd {queen.Etcd}, Kubernetes {queen.Api})");
            }
            using KubernetesClient client = KubernetesClient.Connect(Profile);
            foreach (DroneEntry drone in Cluster.Drones)
            {
                string runtime = "";
                await UntilAsync(drone.Name, async () => (runtime = await ReadyRuntimeAsync(client, drone.Name, limit.Token)).Length > 0, limit.Token);
                tell($"{drone.Name} is Ready, it runs pods with {runtime}");
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            string logs = string.Join('\n', _children.Values.Select(c => $"  {c.Name} ({c.LogFile}):\n{c.LogTail(5)}"));
            throw new UsageException($"the cluster was not ready within {StartPatience.TotalSeconds:0} s; the ends of the logs:\n{logs}");
        }
    }

    /// <summary>Name of the queen that leads, as the queens themselves see it.</summary>
    public async Task<string?> LeaderAsync(CancellationToken cancellation)
    {
        JsonArray queens = await StatusCommand.QueensAsync(Profile, cancellation);
        for (int i = 0; i < queens.Count; i++)
        {
            if ((string?)queens[i]?["state"] == "leader") return Cluster.Queens[i].Name;
        }
        return null;
    }

    /// <summary>Completes when a child failed. One that ended by itself without a failure was removed from the cluster: the others go on.</summary>
    public async Task<ChildProcess> AnyExitAsync(CancellationToken cancellation)
    {
        while (true)
        {
            if (_children.Values.FirstOrDefault(c => c.HasExited && c.ExitCode != 0) is { } gone) return gone;
            await Task.Delay(Poll, TimeProvider.System, cancellation);
        }
    }

    /// <summary>Stops the drones first, so that they can still report, then the queens together.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Cluster.Drones.Select(d => StopChildAsync(d.Name)));
        await Task.WhenAll(Cluster.Queens.Select(q => StopChildAsync(q.Name)));
    }

    private async Task StopChildAsync(string name)
    {
        if (_children.TryGetValue(name, out ChildProcess? child)) await child.DisposeAsync();
    }

    private void StartChild(string name, string[] arguments) =>
        _children[name] = ChildProcess.Start(name, Path.Combine(Cluster.DataFolder, "logs", name + ".log"), arguments);

    private async Task UntilAsync(string name, Func<Task<bool>> condition, CancellationToken cancellation)
    {
        while (!await condition())
        {
            if (_children[name] is { HasExited: true } gone)
            {
                throw new UsageException($"{name} ended with exit code {gone.ExitCode}; the end of its log ({gone.LogFile}):\n{gone.LogTail(10)}");
            }
            await Task.Delay(Poll, TimeProvider.System, cancellation);
        }
    }

    private async Task<bool> IsServingAsync(QueenEntry queen, CancellationToken cancellation)
    {
        using var http = new HttpClient(ClientHandlers.Create(Profile.LoadCredentials()));
        try
        {
            using HttpResponseMessage response = await http.GetAsync(new Uri($"https://{queen.Api}/healthz"), cancellation);
            return response.IsSuccessStatusCode && (await response.Content.ReadAsStringAsync(cancellation)).Contains("\"READY\"", StringComparison.Ordinal);
        }
        catch (Exception notYet) when (notYet is HttpRequestException || (notYet is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            // Refused, or too busy to shake hands within the client's own patience.
            return false;
        }
    }

    private static async Task<string> ReadyRuntimeAsync(KubernetesClient client, string node, CancellationToken cancellation)
    {
        ApiAnswer answer = await client.GetAsync($"/api/v1/nodes/{node}", cancellation);
        if (!answer.Ok) return "";
        JsonNode? ready = (answer.Body?["status"]?["conditions"] as JsonArray)?.FirstOrDefault(c => (string?)c?["type"] == "Ready");
        return (string?)ready?["status"] == "True" ? (string?)answer.Body?["status"]?["nodeInfo"]?["containerRuntimeVersion"] ?? "an unnamed runtime" : "";
    }

    private static void CheckPorts(ClusterFile cluster)
    {
        IEnumerable<(string Name, string Address)> wanted =
        [
            .. cluster.Queens.SelectMany(q => new[] { (q.Name, q.Peer), (q.Name, q.Etcd), (q.Name, q.Api) }),
            .. cluster.Drones.Select(d => (d.Name, d.Listen)),
        ];
        foreach ((string name, string address) in wanted)
        {
            var endpoint = IPEndPoint.Parse(address);
            using var probe = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            probe.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            try
            {
                probe.Bind(endpoint);
                probe.Listen(1);
            }
            catch (SocketException failure)
            {
                throw new UsageException($"{name} cannot listen on {address} ({failure.SocketErrorCode}). Is another Hive running on this machine? `ss -ltnp` shows who holds the port");
            }
        }
    }
}
