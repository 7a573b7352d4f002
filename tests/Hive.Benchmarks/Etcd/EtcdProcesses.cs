using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Hive.Benchmarks.Etcd;

/// <summary>A cluster of etcd on loopback, with its default settings: three members, each with its own data and with fsync on.</summary>
internal sealed class EtcdProcesses : IAsyncDisposable
{
    private const int Members = 3;

    private readonly List<Process> _processes = [];
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("hive-bench-etcd-");

    public Target Target { get; private set; } = null!;

    public static async Task<EtcdProcesses> StartAsync(string binary, CancellationToken cancellation)
    {
        var cluster = new EtcdProcesses();
        try
        {
            var ports = FreePorts(2 * Members);
            var members = string.Join(',', Enumerable.Range(0, Members).Select(i => $"m{i}=http://127.0.0.1:{ports[Members + i]}"));
            for (var i = 0; i < Members; i++) cluster.StartMember(binary, i, ports[i], ports[Members + i], members);
            cluster.Target = new Target("etcd", [.. ports.Take(Members).Select(port => new IPEndPoint(IPAddress.Loopback, port))]);
            await cluster.Target.WaitUntilServingAsync(cancellation);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
        _data.Delete(recursive: true);
    }

    private void StartMember(string binary, int number, int clientPort, int peerPort, string members)
    {
        var start = new ProcessStartInfo(binary) { RedirectStandardError = true, RedirectStandardOutput = true };
        string[] arguments =
        [
            "--name", $"m{number}", "--data-dir", Path.Combine(_data.FullName, $"m{number}"), "--log-level", "error", "--logger", "zap",
            "--listen-client-urls", $"http://127.0.0.1:{clientPort}", "--advertise-client-urls", $"http://127.0.0.1:{clientPort}",
            "--listen-peer-urls", $"http://127.0.0.1:{peerPort}", "--initial-advertise-peer-urls", $"http://127.0.0.1:{peerPort}",
            "--initial-cluster", members,
        ];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{binary} did not start");
        process.ErrorDataReceived += (_, _) => { };
        process.OutputDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        _processes.Add(process);
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
