using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Hive.Benchmarks.Etcd;

/// <summary>A cluster started for the benchmark: processes on loopback, each with its own data and with fsync on.</summary>
internal sealed class LocalMembers : IAsyncDisposable
{
    private const int Usual = 3;

    // A busy machine compiles three members slowly.
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(3);

    private readonly List<ProcessStartInfo> _starts = [];
    private readonly List<Process> _processes = [];
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("hive-bench-");

    private CollectorFigures? _collector;

    public Target Target { get; private set; } = null!;

    /// <summary>The installed etcd, with its default settings.</summary>
    public static Task<LocalMembers> StartEtcdAsync(CancellationToken cancellation) => StartAsync("etcd", Usual, EtcdMember, cancellation);

    /// <summary>Hive's store half (see <see cref="HiveMember"/>), from this very program.</summary>
    public static Task<LocalMembers> StartHiveAsync(CancellationToken cancellation) => StartHiveAsync(Usual, cancellation);

    /// <param name="count">Members.</param>
    /// <param name="cancellation">Ends the wait for them.</param>
    public static Task<LocalMembers> StartHiveAsync(int count, CancellationToken cancellation) =>
        StartAsync("hive", count, member => HiveMember(member, typeof(LocalMembers).Assembly.Location), cancellation);

    /// <summary>The same from another build of this program, to compare the two.</summary>
    /// <param name="program">Its Hive.Benchmarks.dll.</param>
    public static Task<LocalMembers> StartBuildAsync(string program, CancellationToken cancellation) =>
        StartAsync(new DirectoryInfo(Path.GetDirectoryName(Path.GetFullPath(program))!).Name, Usual, member => HiveMember(member, program), cancellation);

    private static async Task<LocalMembers> StartAsync(string name, int count, Func<Member, ProcessStartInfo> describe, CancellationToken cancellation)
    {
        var cluster = new LocalMembers();
        try
        {
            var ports = FreePorts(2 * count);
            var clients = ports.Take(count).ToList();
            var peers = ports.Skip(count).ToList();
            for (var i = 0; i < count; i++) cluster._starts.Add(describe(new Member(i, Path.Combine(cluster._data.FullName, $"m{i}"), clients[i], peers)));
            foreach (var start in cluster._starts) cluster.Start(start);
            cluster.Target = new Target(name, [.. clients.Select(port => new IPEndPoint(IPAddress.Loopback, port))], cluster);
            await cluster.Target.WaitUntilServingAsync(cancellation).WaitAsync(StartPatience, cancellation);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Processor time of all members so far, and memory they hold now.</summary>
    public (TimeSpan Processor, long WorkingSet) Usage()
    {
        var processor = TimeSpan.Zero;
        long memory = 0;
        foreach (var process in _processes)
        {
            process.Refresh();
            processor += process.TotalProcessorTime;
            memory += process.WorkingSet64;
        }
        return (processor, memory);
    }

    /// <summary>Kills all members and starts them again on what they had made durable. Answers with how long it took until every one served a linearizable read.</summary>
    public async Task<TimeSpan> RestartAsync(CancellationToken cancellation)
    {
        await KillAsync();
        var began = Stopwatch.GetTimestamp();
        foreach (var start in _starts) Start(start);
        await Target.WaitUntilServingAsync(cancellation).WaitAsync(StartPatience, cancellation);
        return Stopwatch.GetElapsedTime(began);
    }

    /// <summary>Pauses of the members' collectors since the last call, to the second; null: they told of none (etcd does not).</summary>
    public CollectorFigures? TakeCollectorFigures() => Interlocked.Exchange(ref _collector, null);

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _data.Delete(recursive: true);
    }

    private void Hear(string? line)
    {
        if (line is null || CollectorFigures.Parse(line) is not { } figures) return;
        while (true)
        {
            var known = Volatile.Read(ref _collector);
            if (Interlocked.CompareExchange(ref _collector, known is null ? figures : known + figures, known) == known) return;
        }
    }

    private async Task KillAsync()
    {
        foreach (var process in _processes)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
        _processes.Clear();
    }

    private sealed record Member(int Number, string Directory, int ClientPort, IReadOnlyList<int> PeerPorts);

    private void Start(ProcessStartInfo start)
    {
        // What members say is of no interest while they serve, but for their collectors' pauses; and a pipe that nobody reads would stop them.
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start");
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _processes.Add(process);
    }

    private static ProcessStartInfo EtcdMember(Member member)
    {
        var members = string.Join(',', member.PeerPorts.Select((port, i) => $"m{i}=http://127.0.0.1:{port}"));
        var client = $"http://127.0.0.1:{member.ClientPort}";
        var peer = $"http://127.0.0.1:{member.PeerPorts[member.Number]}";
        return new ProcessStartInfo("etcd",
        [
            "--name", $"m{member.Number}", "--data-dir", member.Directory, "--logger", "zap", "--log-level", "error", "--log-outputs", "stdout",
            "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", members,
        ]);
    }

    private static ProcessStartInfo HiveMember(Member member, string program)
    {
        string[] arguments = ["member", $"{member.Number}", member.Directory, $"{member.ClientPort}", string.Join(',', member.PeerPorts)];
        // Under the dotnet host the program is its first argument; an own executable needs none.
        var hosted = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet";
        return hosted ? new ProcessStartInfo(Environment.ProcessPath!, [program, .. arguments]) : new ProcessStartInfo(Path.ChangeExtension(program, null), arguments);
    }

    private static List<int> FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        foreach (var listener in listeners) listener.Start();
        var ports = listeners.ConvertAll(listener => ((IPEndPoint)listener.LocalEndpoint).Port);
        foreach (var listener in listeners) listener.Stop();
        return ports;
    }
}
