using System.Diagnostics;

namespace Hive.Benchmarks.Etcd;

/// <summary>A cluster started for the benchmark: processes on loopback, each with its own data and with fsync on.</summary>
internal sealed class LocalMembers : IAsyncDisposable
{
    private const int Usual = 3;

    // A busy machine starts three members slowly, all the more a build that compiles as it starts.
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(3);

    private readonly List<ProcessStartInfo> _starts = [];
    private readonly List<Process> _processes = [];
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("hive-bench-");

    public Target Target { get; private set; } = null!;

    /// <summary>The installed etcd, with its default settings.</summary>
    public static Task<LocalMembers> StartEtcdAsync(CancellationToken cancellation) =>
        StartAsync("etcd", folder => Task.FromResult(EtcdMembers.Describe(folder, Usual)), cancellation);

    /// <summary>Queens as users run them, with their default settings.</summary>
    /// <param name="name">What tables call them.</param>
    /// <param name="program">The executable <c>hive</c> of a build.</param>
    /// <param name="cancellation">Ends the wait for them.</param>
    /// <param name="count">Members.</param>
    public static Task<LocalMembers> StartHiveAsync(string name, string program, CancellationToken cancellation, int count = Usual) =>
        StartAsync(name, folder => HiveMembers.DescribeAsync(program, folder, count), cancellation);

    private static async Task<LocalMembers> StartAsync(string name, Func<string, Task<MemberStarts>> describe, CancellationToken cancellation)
    {
        var cluster = new LocalMembers();
        try
        {
            var members = await describe(cluster._data.FullName);
            cluster._starts.AddRange(members.Starts);
            foreach (var start in cluster._starts) cluster.Start(start);
            cluster.Target = new Target(name, members.Clients, cluster);
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

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _data.Delete(recursive: true);
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

    private void Start(ProcessStartInfo start)
    {
        // What members say is of no interest while they serve; and a pipe that nobody reads would stop them.
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start");
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _processes.Add(process);
    }
}
