using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Hive.Client.Connections;
using Hive.Client.Etcd;
using Hive.Client.Kubernetes;

namespace Hive.EndToEnd.World;

/// <summary>
/// Real queens and drones as processes on loopback, in a folder and on ports of their own. Any of them can be killed, stopped and started
/// again. Everything is stopped and removed at the end; the logs of a failed start are in the exception.
/// </summary>
public sealed class TestCluster : IAsyncDisposable
{
    private readonly string _file;
    private readonly IReadOnlyDictionary<string, string>? _environment;
    private readonly List<string> _mounts = [];
    private readonly SortedDictionary<string, (Process Process, Task Pump)> _running = new(StringComparer.Ordinal);

    private TestCluster(string folder, JsonObject description, IReadOnlyDictionary<string, string>? environment)
    {
        _environment = environment;
        Folder = folder;
        Description = description;
        _file = Path.Combine(folder, "cluster.json");
    }

    public string Folder { get; }

    /// <summary>The cluster file as it was read last.</summary>
    public JsonObject Description { get; private set; }
    public ClientProfile Profile { get; private set; } = new();
    public string Kubeconfig => Path.Combine(Folder, "kubeconfig");
    public string Pki => Path.Combine(Folder, "pki");
    public IReadOnlyList<string> Queens => [.. Description["queens"]!.AsArray().Select(q => (string)q!["name"]!)];
    public IReadOnlyList<string> Drones => [.. Description["drones"]!.AsArray().Select(d => (string)d!["name"]!)];

    /// <summary>Starts a cluster and waits until all queens serve and all drones are Ready.</summary>
    /// <param name="runtime">auto, docker or process.</param>
    /// <param name="environment">Of every process, for instance to point a drone at an engine.</param>
    /// <param name="plain">Serve etcd clients without TLS as well, on an address of its own.</param>
    /// <param name="diskMebibytes">Not zero: each queen's data lies in a file system of its own of that size, in memory; needs root.</param>
    public static async Task<TestCluster> StartAsync(
        int queens = 3, int drones = 0, string runtime = "process", IReadOnlyDictionary<string, string>? environment = null, bool plain = false, int diskMebibytes = 0)
    {
        string folder = Directory.CreateTempSubdirectory("hive-test-").FullName;
        var ports = new Queue<int>(FreePorts(queens * (plain ? 4 : 3) + drones));
        string Address() => $"127.0.0.1:{ports.Dequeue()}";
        var description = new JsonObject
        {
            ["name"] = Path.GetFileName(folder),
            ["data"] = ".",
            // Of its own, so that another Hive on this machine does not answer for its Services.
            ["serviceRange"] = $"10.{Random.Shared.Next(100, 200)}.0.0/16",
            ["queens"] = new JsonArray([.. Enumerable.Range(1, queens).Select(i => new JsonObject { ["name"] = $"queen-{i}", ["peer"] = Address(), ["etcd"] = Address(), ["api"] = Address() })]),
            ["drones"] = new JsonArray([.. Enumerable.Range(1, drones).Select(i => new JsonObject { ["name"] = $"drone-{i}", ["listen"] = Address(), ["runtime"] = runtime })]),
        };
        if (plain) foreach (JsonNode? queen in description["queens"]!.AsArray()) queen!["etcdPlain"] = Address();
        var cluster = new TestCluster(folder, description, environment);
        try
        {
            await File.WriteAllTextAsync(cluster._file, description.ToJsonString());
            ToolResult made = await Tool.RunAsync(Tool.Hive, ["certs", "--cluster", cluster._file]);
            if (made.ExitCode != 0) throw new InvalidOperationException(made.All);
            cluster.Profile = ClientProfile.Load(Path.Combine(folder, "client.json"));
            foreach (string queen in cluster.Queens.Where(_ => diskMebibytes > 0)) await cluster.MountAsync(queen, diskMebibytes);
            foreach (string queen in cluster.Queens) cluster.Start(queen);
            foreach (string drone in cluster.Drones) cluster.Start(drone);
            foreach (string queen in cluster.Queens) await cluster.UntilServingAsync(queen);
            foreach (string drone in cluster.Drones) await cluster.UntilReadyAsync(drone);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts (again) a queen or drone of the description.</summary>
    public void Start(string name)
    {
        string mode = Queens.Contains(name) ? "queen" : "drone";
        string[] arguments = mode == "queen" ? [mode, "--cluster", _file, "--name", name] : [mode, "--cluster", _file, "--name", name, "--remove-pods-at-exit"];
        Start(name, [Tool.Hive, .. arguments]);
    }

    /// <summary>Starts a queen with the words that a command printed for it.</summary>
    public void Start(string name, string[] words)
    {
        Process process = Tool.Start(words[0], words[1..], _environment);
        _running[name] = (process, Task.WhenAll(PumpAsync(process.StandardOutput, name, "out"), PumpAsync(process.StandardError, name, "log")));
    }

    /// <summary>Reads the cluster file again, and what clients are told, after a change of the membership.</summary>
    public async Task LookAgainAsync()
    {
        Description = JsonNode.Parse(await File.ReadAllTextAsync(_file))!.AsObject();
        Profile = ClientProfile.Load(Path.Combine(Folder, "client.json"));
    }

    /// <summary>Addresses on this machine that nobody uses now.</summary>
    public static IReadOnlyList<string> FreeAddresses(int count) => [.. FreePorts(count).Select(p => $"127.0.0.1:{p}")];

    /// <summary>Waits for a process to end by itself, and until all that it printed can be read.</summary>
    public async Task<int> ExitCodeAsync(string name)
    {
        using var limit = new CancellationTokenSource(Tool.Patience);
        (Process process, Task pump) = _running[name];
        await process.WaitForExitAsync(limit.Token);
        await pump;
        return process.ExitCode;
    }

    /// <summary>Gives the file system of a queen another size.</summary>
    public async Task ResizeDiskAsync(string queen, int mebibytes) => await MustAsync("mount", "-o", $"remount,size={mebibytes}m", Path.Combine(Folder, queen));

    /// <summary>Whether a process that was started has not ended.</summary>
    public bool IsRunning(string name) => _running.TryGetValue(name, out var running) && !running.Process.HasExited;

    public int ProcessId(string name) => _running[name].Process.Id;

    /// <summary>Power cut: SIGKILL, at once for all that are named.</summary>
    public async Task KillAsync(params string[] names)
    {
        foreach (string name in names) _running[name].Process.Kill();
        foreach (string name in names) await _running[name].Process.WaitForExitAsync();
    }

    /// <summary>What a queen or drone printed so far: <c>out</c> is its console, <c>log</c> its log.</summary>
    public string Printed(string name, string stream = "out")
    {
        string file = Path.Combine(Folder, $"{name}.{stream}");
        if (!File.Exists(file)) return "";
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }

    /// <summary>The etcd face of one queen alone.</summary>
    public EtcdClient Etcd(string queen) => new(new QueenPool([new Uri("https://" + (string)Entry(queen)["etcd"]!)], Profile.LoadCredentials()));

    /// <summary>Where a queen serves etcd clients, as HOST:PORT.</summary>
    public string EtcdAddress(string queen, bool plain = false) => (string)Entry(queen)[plain ? "etcdPlain" : "etcd"]!;

    /// <summary>Where a queen hears the others, as HOST:PORT.</summary>
    public string PeerAddress(string queen) => (string)Entry(queen)["peer"]!;

    /// <summary>The etcd face with fail-over, that of one queen first.</summary>
    public EtcdClient EtcdFrom(string queen) => new(new QueenPool(
        [.. Queens.OrderBy(q => q != queen).Select(q => new Uri("https://" + (string)Entry(q)["etcd"]!))], Profile.LoadCredentials()));

    /// <summary>The etcd face with fail-over.</summary>
    public EtcdClient Etcd() => EtcdClient.Connect(Profile);

    /// <summary>The Kubernetes face of one queen alone.</summary>
    public KubernetesClient Kubernetes(string queen) => new(new QueenPool([new Uri("https://" + (string)Entry(queen)["api"]!)], Profile.LoadCredentials()));

    public KubernetesClient Kubernetes() => KubernetesClient.Connect(Profile);

    public Uri Api(string queen) => new("https://" + (string)Entry(queen)["api"]!);

    /// <summary>The queen that leads, as one of the living says.</summary>
    public async Task<string> LeaderAsync()
    {
        string leader = "";
        await Tool.EventuallyAsync(async () => (leader = await FindLeaderAsync()).Length > 0, "a queen leads");
        return leader;
    }

    public async Task UntilServingAsync(string queen)
    {
        using var http = new HttpClient(ClientHandlers.Create(Profile.LoadCredentials()));
        await Tool.EventuallyAsync(async () =>
        {
            if (_running[queen].Process.HasExited) throw new InvalidOperationException($"{queen} ended:\n{Printed(queen, "log")}");
            try
            {
                return (await http.GetStringAsync(new Uri(Api(queen), "/healthz"))).Contains("\"READY\"", StringComparison.Ordinal);
            }
            catch (Exception notYet) when (notYet is HttpRequestException or OperationCanceledException)
            {
                return false;
            }
        }, $"{queen} serves; its log:\n{Printed(queen, "log")}");
    }

    public async Task UntilReadyAsync(string drone)
    {
        using KubernetesClient client = Kubernetes();
        await Tool.EventuallyAsync(async () =>
        {
            if (_running[drone].Process.HasExited) throw new InvalidOperationException($"{drone} ended:\n{Printed(drone, "log")}");
            ApiAnswer node = await client.GetAsync($"/api/v1/nodes/{drone}", CancellationToken.None);
            return node.Ok && (node.Body?["status"]?["conditions"] as JsonArray)?.Any(c => (string?)c?["type"] == "Ready" && (string?)c["status"] == "True") == true;
        }, $"{drone} is Ready; its log:\n{Printed(drone, "log")}");
    }

    public Task<ToolResult> KubectlAsync(params string[] arguments) => KubectlOfAsync("kubectl", null, arguments);

    /// <summary>As above, with a given kubectl and standard input.</summary>
    public Task<ToolResult> KubectlOfAsync(string program, string? input, params string[] arguments) =>
        Tool.RunAsync(program, ["--kubeconfig", Kubeconfig, "--cache-dir", Path.Combine(Folder, "kube-cache"), .. arguments], input: input);

    /// <summary>etcdctl of Debian with the administrator's certificate, against all queens, or one.</summary>
    public Task<ToolResult> EtcdctlAsync(string? queen, params string[] arguments)
    {
        string endpoints = queen is null ? string.Join(',', Profile.Etcd) : "https://" + (string)Entry(queen)["etcd"]!;
        return Tool.RunAsync(
            "etcdctl",
            ["--endpoints", endpoints, "--cacert", Path.Combine(Pki, "ca.crt"), "--cert", Path.Combine(Pki, "admin.crt"), "--key", Path.Combine(Pki, "admin.key"), .. arguments],
            new Dictionary<string, string> { ["ETCDCTL_API"] = "3" });
    }

    /// <summary>Our own command line.</summary>
    /// <exception cref="TimeoutException">It did not end in time; with the state of every queen and drone.</exception>
    public async Task<ToolResult> HiveAsync(params string[] arguments)
    {
        try
        {
            return await Tool.RunAsync(Tool.Hive, ["--profile", Path.Combine(Folder, "client.json"), .. arguments]);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message}\n{string.Join('\n', _running.Keys.Select(StateOf))}", late);
        }
    }

    /// <summary>Drones first, so that they can take their pods down; then the queens.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_running.Where(r => !Queens.Contains(r.Key)).Select(r => StopAsync(r.Key)));
        await Task.WhenAll(_running.Where(r => Queens.Contains(r.Key)).Select(r => StopAsync(r.Key)));
        foreach (string mount in _mounts) await MustAsync("umount", mount);
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>SIGTERM, and waits for the end.</summary>
    public async Task StopAsync(string name)
    {
        (Process process, Task pump) = _running[name];
        if (!process.HasExited)
        {
            await Tool.RunAsync("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            try
            {
                await process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
            }
        }
        await pump;
    }

    /// <summary>Whether it runs, and the end of its log.</summary>
    private string StateOf(string name)
    {
        Process process = _running[name].Process;
        string state = process.HasExited ? string.Create(CultureInfo.InvariantCulture, $"ended with {process.ExitCode}") : "runs";
        return $"== {name} {state}; the end of its log:\n{string.Join('\n', Printed(name, "log").TrimEnd().Split('\n').TakeLast(30))}";
    }

    private async Task MountAsync(string queen, int mebibytes)
    {
        string folder = Path.Combine(Folder, queen);
        Directory.CreateDirectory(folder);
        await MustAsync("mount", "-t", "tmpfs", "-o", $"size={mebibytes}m", "tmpfs", folder);
        _mounts.Add(folder);
    }

    private static async Task MustAsync(string program, params string[] arguments)
    {
        ToolResult result = await Tool.RunAsync(program, arguments);
        if (result.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {result.All}");
    }

    private async Task<string> FindLeaderAsync()
    {
        foreach (string queen in Queens)
        {
            if (!_running.TryGetValue(queen, out var running) || running.Process.HasExited) continue;
            using EtcdClient client = Etcd(queen);
            (JsonObject? status, _) = await client.StatusAsync(CancellationToken.None);
            if (status is not null && $"{status["leader"]}" is { Length: > 1 } leader && leader == $"{status["header"]?["member_id"]}") return queen;
        }
        return "";
    }

    private JsonObject Entry(string name) =>
        Description["queens"]!.AsArray().Concat(Description["drones"]!.AsArray()).OfType<JsonObject>().First(e => (string?)e["name"] == name);

    private async Task PumpAsync(StreamReader from, string name, string stream)
    {
        await using var file = new StreamWriter(new FileStream(Path.Combine(Folder, $"{name}.{stream}"), FileMode.Append, FileAccess.Write, FileShare.Read)) { AutoFlush = true };
        while (await from.ReadLineAsync() is { } line) await file.WriteLineAsync(line);
    }

    private static List<int> FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        foreach (TcpListener listener in listeners) listener.Start();
        List<int> ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        foreach (TcpListener listener in listeners) listener.Dispose();
        return ports;
    }
}
