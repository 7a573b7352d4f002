using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Hive.Client.Connections;
using Hive.Jepsen.Clients;

namespace Hive.Jepsen.Members;

/// <summary>The system under test: real <c>hive queen</c> processes, and drones where a workload needs them, each with a data directory of its own, in a folder of the run's own.</summary>
public sealed class Cluster : IAsyncDisposable
{
    /// <summary>Name of the client that fails over between all members.</summary>
    public const string AnyMember = "any";

    private const int DroneCount = 3;

    /// <summary>So few that members compact their logs, and send snapshots to those that were away, all the time.</summary>
    private const int SnapshotEntries = 400;

    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollPause = TimeSpan.FromMilliseconds(50);

    private readonly string _hive;
    private readonly string? _fault;
    private readonly string _folder;
    private readonly MemberNeeds _needs;
    private readonly QueenSlot[] _queens;
    private readonly Hosted[] _drones;
    private readonly Engine[] _engines = [];
    private readonly FalseClock[] _clocks = [];
    private readonly SmallDisk[] _disks = [];
    private ClientCredentials _credentials = new(null, null);

    private Cluster(string hive, string? fault, int members, MemberNeeds needs, string folder, string logs, MemberNetwork network)
    {
        (_hive, _fault, _folder, _needs, Network, Size) = (hive, fault, folder, needs, network, members);
        if (needs.HasFlag(MemberNeeds.FalseClocks)) _clocks = [.. Enumerable.Range(0, members).Select(m => new FalseClock(File(Name(m) + ".clock")))];
        if (needs.HasFlag(MemberNeeds.SmallDisks)) _disks = [.. Enumerable.Range(0, members).Select(m => new SmallDisk(File(Name(m))))];
        _queens = [.. Enumerable.Range(0, members).Select(m => new QueenSlot(m, Name(m), logs, network, name => QueenCommand(m, name)))];
        int spare = members + Drones;
        Membership = new Membership(
            hive, File("cluster.json"), File("client.json"), folder, _queens, needs.HasFlag(MemberNeeds.SpareNode) ? new QueenSlot(spare, "spare", logs, network, name => QueenCommand(spare, name)) : null);
        if (needs.HasFlag(MemberNeeds.Engines)) _engines = [.. Enumerable.Range(0, Drones).Select(d => new Engine(EngineName(d), File(EngineName(d)), logs, (program, arguments) => network.Command(NodeOfDrone(d), program, arguments)))];
        _drones = [.. Enumerable.Range(0, Drones).Select(d => new Hosted(DroneName(d), logs, DroneCommand(d)))];
    }

    public int Size { get; }

    /// <summary>Drones; none where the workload needs none.</summary>
    public int Drones => _needs.HasFlag(MemberNeeds.Drones) ? DroneCount : 0;

    public MemberNetwork Network { get; }

    /// <summary>The operator who changes the membership.</summary>
    public Membership Membership { get; }

    private IEnumerable<Hosted> Members => _queens.Select(q => q.Process).Concat(_drones);

    private IEnumerable<Hosted> Processes => Members.Concat(_engines.Select(e => e.Process));

    /// <summary>An image with a shell that the drones have.</summary>
    public string PodImage => _engines.Length > 0 ? Engine.Image : "hive.io/host:1";

    /// <summary>A folder that queens, drones and pods of this run share.</summary>
    public string SharedFolder => File("shared");

    public static string Name(int member) => string.Create(CultureInfo.InvariantCulture, $"queen-{member + 1}");

    public static string DroneName(int drone) => string.Create(CultureInfo.InvariantCulture, $"drone-{drone + 1}");

    /// <summary>Starts all members and waits until each serves.</summary>
    /// <param name="fault">The known bug that is switched on in a build that has them; null for none.</param>
    /// <param name="logs">Where what the members print is kept.</param>
    /// <exception cref="MisuseException">This machine lacks something that is needed.</exception>
    public static async Task<Cluster> StartAsync(string hive, string? fault, int members, MemberNeeds needs, string logs, CancellationToken cancellation)
    {
        if (Preconditions.Missing(needs, Machine.This) is { } missing) throw new MisuseException(missing);
        MemberNetwork network = await MemberNetwork.CreateAsync(Nodes(members, needs), needs.HasFlag(MemberNeeds.Namespaces));
        var cluster = new Cluster(hive, fault, members, needs, Directory.CreateTempSubdirectory("hive-jepsen-").FullName, logs, network);
        try
        {
            await cluster.DescribeAsync();
            foreach (SmallDisk disk in cluster._disks) await disk.MountAsync();
            await Task.WhenAll(cluster._engines.Select(e => e.StartAsync(cancellation)));
            foreach (Hosted process in cluster.Members) process.Start();
            for (int member = 0; member < members; member++) await cluster.UntilServingAsync(member, cancellation);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client of one member alone.</summary>
    public MemberClient Connect(int member) => new(Name(member), () => [Etcd(member)], () => [Api(member)], _credentials);

    /// <summary>A client that goes on to the next member when one does not answer; <paramref name="first"/> is its first.</summary>
    public MemberClient ConnectToAny(int first)
    {
        int[] order = [.. Enumerable.Range(0, Size).Select(i => (first + i) % Size)];
        return new MemberClient(AnyMember, () => [.. order.Select(Etcd)], () => [.. order.Select(Api)], _credentials);
    }

    /// <summary>Where a member keeps its state.</summary>
    public string DataFolder(int member) => File(_queens[member].Name);

    /// <summary>SIGKILL, at once for all that are named; each stays down until it is let go as often as it was held.</summary>
    public Task HoldDownAsync(IReadOnlyList<int> members) => Task.WhenAll(members.Select(m => _queens[m].Process.HoldDownAsync()));

    /// <summary>SIGTERM, and held down.</summary>
    public Task HoldDownGentlyAsync(int member) => _queens[member].Process.HoldDownGentlyAsync();

    public void LetGo(IReadOnlyList<int> members)
    {
        foreach (int member in members) _queens[member].Process.LetGo();
    }

    /// <summary>As <see cref="LetGo"/>, on damaged disks: who then refuses to start has not crashed.</summary>
    public void LetGoDamaged(IReadOnlyList<int> members)
    {
        foreach (int member in members) _queens[member].Process.MayRefuse = true;
        LetGo(members);
    }

    /// <summary>Waits until a member that was let go on a damaged disk serves.</summary>
    /// <returns>False: it refused to start, and does not run.</returns>
    /// <exception cref="TimeoutException">It does not serve in time.</exception>
    public async Task<bool> TryServeAsync(int member, CancellationToken cancellation)
    {
        Hosted process = _queens[member].Process;
        if (!await ServesAsync(member, process.TakeRefusal, cancellation)) return false;
        process.MayRefuse = false;
        return true;
    }

    /// <summary>Gives a member that refused to start back what it had on its disk, and starts it when nobody else holds it down. Held down meanwhile: another track's fault may let it go just then.</summary>
    public async Task MendAsync(int member, Func<Task> mend)
    {
        Hosted process = _queens[member].Process;
        await process.HoldDownAsync();
        await mend();
        process.MayRefuse = false;
        process.LetGo();
    }

    /// <summary>Number of the node on which a drone is.</summary>
    public int NodeOfDrone(int drone) => Size + drone;

    public Task HoldDroneDownAsync(int drone) => _drones[drone].HoldDownAsync();

    public void LetDroneGo(int drone) => _drones[drone].LetGo();

    public Task HoldEngineDownAsync(int drone) => _engines[drone].HoldDownAsync();

    public void LetEngineGo(int drone) => _engines[drone].Process.LetGo();

    /// <summary>SIGSTOP; the answer lets it go on.</summary>
    public Task<Func<Task>> PauseAsync(int member) => _queens[member].Process.PauseAsync();

    /// <inheritdoc cref="PauseAsync"/>
    public Task<Func<Task>> PauseDroneAsync(int drone) => _drones[drone].PauseAsync();

    /// <summary>Makes a member's wall clock false.</summary>
    public void SetClock(int member, TimeSpan off) => _clocks[member].Set(off);

    /// <summary>Fills a member's disk but for so many bytes.</summary>
    public Task FillDiskAsync(int member, long leftBytes) => _disks[member].FillAsync(leftBytes);

    public void FreeDisk(int member) => _disks[member].Free();

    /// <summary>The member that says it leads; null when none does.</summary>
    public async Task<int?> LeaderAsync(CancellationToken cancellation)
    {
        (int Member, MemberStatus? Status)[] all = await Task.WhenAll(Enumerable.Range(0, Size).Select(async member =>
        {
            using MemberClient client = Connect(member);
            return (member, await client.StatusAsync(cancellation));
        }));
        return all.Where(a => a.Status is { Leads: true }).OrderByDescending(a => a.Status!.Term).Select(a => (int?)a.Member).FirstOrDefault();
    }

    /// <summary>Queens and drones that ended by themselves, and where their logs are.</summary>
    public IReadOnlyList<string> Crashes() => [.. Processes.SelectMany(p => p.Crashes()), .. Membership.SpareCrashes()];

    /// <exception cref="TimeoutException">It does not serve reads in time.</exception>
    /// <exception cref="InvalidOperationException">It ended by itself.</exception>
    public Task UntilServingAsync(int member, CancellationToken cancellation) => ServesAsync(member, static () => false, cancellation);

    private async Task<bool> ServesAsync(int member, Func<bool> refuses, CancellationToken cancellation)
    {
        using MemberClient client = Connect(member);
        long start = Stopwatch.GetTimestamp();
        string problem = "";
        while (Stopwatch.GetElapsedTime(start) < StartPatience)
        {
            if (refuses()) return false;
            if (_queens[member].Process.HasEnded) throw new InvalidOperationException(_queens[member].Process.Crashes()[^1]);
            Reply reply = await client.GetAsync("ready", cancellation);
            if (reply.IsOk) return true;
            problem = reply.Error;
            await Task.Delay(PollPause, cancellation);
        }
        throw new TimeoutException($"{Name(member)} does not serve within {StartPatience.TotalSeconds} s: {problem}");
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Processes.Select(p => p.EndAsync()).Append(Membership.EndAsync()));
        await PodProcesses.EndAsync(_folder);
        foreach (SmallDisk disk in _disks) await disk.UnmountAsync();
        await Network.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private Uri Etcd(int member) => new("https://" + _queens[member].Addresses.Etcd);

    private Uri Api(int member) => new("https://" + _queens[member].Addresses.Api);

    private static string EngineName(int drone) => string.Create(CultureInfo.InvariantCulture, $"engine-{drone + 1}");

    private (string Program, string[] Arguments) DroneCommand(int drone)
    {
        (string program, string[] arguments) = (_hive, ["drone", "--cluster", File("cluster.json"), "--name", DroneName(drone)]);
        if (_engines.Length > 0) (program, arguments) = ("env", [$"DOCKER_HOST={_engines[drone].Address}", program, .. arguments]);
        return Network.Command(NodeOfDrone(drone), program, arguments);
    }

    private (string Program, string[] Arguments) QueenCommand(int node, string name)
    {
        (string program, string[] arguments) = (_hive, ["queen", "--cluster", File("cluster.json"), "--name", name]);
        if (_fault is not null) (program, arguments) = ("env", [$"HIVE_FAULT={_fault}", program, .. arguments]);
        if (node < _clocks.Length) (program, arguments) = _clocks[node].Wrap(program, arguments);
        return Network.Command(node, program, arguments);
    }

    private async Task DescribeAsync()
    {
        Directory.CreateDirectory(SharedFolder);
        var queens = _queens.Select(q => new JsonObject { ["name"] = q.Name, ["peer"] = q.Addresses.Peer, ["etcd"] = q.Addresses.Etcd, ["api"] = q.Addresses.Api });
        var drones = Enumerable.Range(0, Drones).Select(d => new JsonObject { ["name"] = DroneName(d), ["listen"] = Network.DroneAddress(Size + d), ["runtime"] = _engines.Length > 0 ? "docker" : "process" });
        var description = new JsonObject { ["name"] = Path.GetFileName(_folder), ["data"] = ".", ["snapshotEntries"] = SnapshotEntries, ["queens"] = new JsonArray([.. queens]), ["drones"] = new JsonArray([.. drones]) };
        await System.IO.File.WriteAllTextAsync(File("cluster.json"), description.ToJsonString());
        await Tool.RunAsync(_hive, "certs", "--cluster", File("cluster.json"));
        _credentials = ClientProfile.Load(File("client.json")).LoadCredentials();
    }

    private static int Nodes(int members, MemberNeeds needs) => members + (needs.HasFlag(MemberNeeds.Drones) ? DroneCount : 0) + (needs.HasFlag(MemberNeeds.SpareNode) ? 1 : 0);

    private string File(string name) => Path.Combine(_folder, name);
}
