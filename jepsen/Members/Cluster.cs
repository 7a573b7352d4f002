using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Hive.Client.Connections;
using Hive.Jepsen.Clients;
using Hive.Jepsen.Histories;

namespace Hive.Jepsen.Members;

/// <summary>The database under test: real <c>hive queen</c> processes, each with a data directory of its own, in a folder of the run's own.</summary>
public sealed class Cluster : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollPause = TimeSpan.FromMilliseconds(50);

    private readonly string _hive;
    private readonly string _folder;
    private readonly string _logs;
    private readonly Process?[] _processes;
    private readonly List<Task> _pumps = [];
    private readonly HashSet<int> _paused = [];
    private readonly List<string> _crashes = [];
    private ClientCredentials _credentials = new(null, null);

    private Cluster(string hive, int members, string folder, string logs, MemberNetwork network)
    {
        (_hive, _folder, _logs, Network) = (hive, folder, logs, network);
        _processes = new Process?[members];
    }

    public int Size => _processes.Length;
    public MemberNetwork Network { get; }

    public static string Name(int member) => string.Create(CultureInfo.InvariantCulture, $"queen-{member + 1}");

    /// <summary>Starts all members and waits until each serves.</summary>
    /// <param name="logs">Where what the members print is kept.</param>
    public static async Task<Cluster> StartAsync(string hive, int members, bool partitions, string logs, CancellationToken cancellation)
    {
        MemberNetwork network = await MemberNetwork.CreateAsync(members, partitions);
        var cluster = new Cluster(hive, members, Directory.CreateTempSubdirectory("hive-jepsen-").FullName, logs, network);
        try
        {
            await cluster.DescribeAsync();
            for (int member = 0; member < members; member++) cluster.Start(member);
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
    public MemberClient Connect(int member) => new(Name(member), new Uri("https://" + Network.Addresses(member).Etcd), _credentials);

    /// <summary>Starts a member that does not run.</summary>
    public void Start(int member)
    {
        (string program, string[] arguments) = Network.Command(member, _hive, ["queen", "--cluster", File("cluster.json"), "--name", Name(member)]);
        Process process = Tool.Start(program, arguments);
        _processes[member] = process;
        _pumps.Add(PumpAsync(process.StandardOutput, $"{Name(member)}.out"));
        _pumps.Add(PumpAsync(process.StandardError, $"{Name(member)}.log"));
    }

    /// <summary>SIGKILL, at once for all that are named.</summary>
    public async Task KillAsync(IReadOnlyList<int> members)
    {
        _crashes.AddRange(members.Select(Crash).OfType<string>());
        Process[] victims = [.. members.Select(m => _processes[m]).OfType<Process>()];
        foreach (int member in members) _processes[member] = null;
        foreach (Process victim in victims) victim.Kill();
        foreach (Process victim in victims)
        {
            await victim.WaitForExitAsync();
            victim.Dispose();
        }
    }

    public async Task PauseAsync(int member)
    {
        if (_processes[member] is not { HasExited: false } process) return;
        _paused.Add(member);
        await Tool.RunAsync("kill", "-STOP", process.Id.ToString(CultureInfo.InvariantCulture));
    }

    public async Task ResumeAllAsync()
    {
        foreach (int member in _paused)
        {
            if (_processes[member] is { HasExited: false } process) await Tool.RunAsync("kill", "-CONT", process.Id.ToString(CultureInfo.InvariantCulture));
        }
        _paused.Clear();
    }

    public void StartMissing()
    {
        for (int member = 0; member < Size; member++)
        {
            if (_processes[member] is null) Start(member);
        }
    }

    /// <summary>Members that ended by themselves, and where their logs are.</summary>
    public IReadOnlyList<string> Crashes() => [.. _crashes, .. Enumerable.Range(0, Size).Select(Crash).OfType<string>()];

    /// <exception cref="TimeoutException">It does not serve reads in time.</exception>
    public async Task UntilServingAsync(int member, CancellationToken cancellation)
    {
        using MemberClient client = Connect(member);
        long start = Stopwatch.GetTimestamp();
        string problem = "";
        while (Stopwatch.GetElapsedTime(start) < StartPatience)
        {
            if (_processes[member] is { HasExited: true }) throw new InvalidOperationException(Crashes()[0]);
            Reply reply = await client.GetAsync("ready", cancellation);
            if (reply.Fate == Outcome.Ok) return;
            problem = reply.Error;
            await Task.Delay(PollPause, cancellation);
        }
        throw new TimeoutException($"{Name(member)} does not serve within {StartPatience.TotalSeconds} s: {problem}");
    }

    public async ValueTask DisposeAsync()
    {
        await ResumeAllAsync();
        await KillAsync([.. Enumerable.Range(0, Size)]);
        await Task.WhenAll(_pumps);
        await Network.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task DescribeAsync()
    {
        var queens = Enumerable.Range(0, Size).Select(m => (m, Network.Addresses(m))).Select(p =>
            new JsonObject { ["name"] = Name(p.m), ["peer"] = p.Item2.Peer, ["etcd"] = p.Item2.Etcd, ["api"] = p.Item2.Api });
        var description = new JsonObject { ["name"] = Path.GetFileName(_folder), ["data"] = ".", ["queens"] = new JsonArray([.. queens]), ["drones"] = new JsonArray() };
        await System.IO.File.WriteAllTextAsync(File("cluster.json"), description.ToJsonString());
        await Tool.RunAsync(_hive, "certs", "--cluster", File("cluster.json"));
        _credentials = ClientProfile.Load(File("client.json")).LoadCredentials();
    }

    private string? Crash(int member) => _processes[member] is { HasExited: true } process
        ? $"{Name(member)} ended by itself with exit code {process.ExitCode}; its log: {Path.Combine(_logs, Name(member) + ".log")}"
        : null;

    private string File(string name) => Path.Combine(_folder, name);

    private async Task PumpAsync(StreamReader from, string name)
    {
        await using var file = new StreamWriter(new FileStream(Path.Combine(_logs, name), FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        while (await from.ReadLineAsync() is { } line) await file.WriteLineAsync(line);
    }
}
