using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using Xunit;

namespace Hive.Drone.Tests.Support;

/// <summary>
/// A Docker engine of this test run's own: its own directories, socket and bridge. A machine without dockerd fails the tests: they are not skipped,
/// since pods on an engine are a promise of Hive.
/// </summary>
public sealed class DockerEngine : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hive-engine-").FullName;
    private readonly string _bridge = $"hv{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
    private Process? _engine;

    public string Socket => Path.Combine(_directory, "docker.sock");

    public async Task InitializeAsync()
    {
        int third = RandomNumberGenerator.GetInt32(1, 250);
        await RunAsync("ip", "link", "add", "name", _bridge, "type", "bridge");
        await RunAsync("ip", "addr", "add", $"10.213.{third}.1/24", "dev", _bridge);
        await RunAsync("ip", "link", "set", _bridge, "up");
        var start = new ProcessStartInfo("dockerd") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in new[]
        {
            "--data-root", Path.Combine(_directory, "data"), "--exec-root", Path.Combine(_directory, "exec"), "--pidfile", Path.Combine(_directory, "pid"),
            "-H", $"unix://{Socket}", "--bridge", _bridge, "--iptables=false", "--ip6tables=false", "--ip-masq=false", "--ip-forward=false", "--userland-proxy=false",
        })
        {
            start.ArgumentList.Add(argument);
        }
        _engine = Process.Start(start) ?? throw new InvalidOperationException("dockerd does not start: install docker.io");
        var words = new List<string>();
        _engine.ErrorDataReceived += (_, line) => { lock (words) words.Add(line.Data ?? ""); };
        _engine.BeginErrorReadLine();
        _engine.BeginOutputReadLine();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await AnswersAsync())
        {
            if (_engine.HasExited || limit.IsCancellationRequested)
            {
                lock (words) throw new InvalidOperationException($"dockerd does not answer:\n{string.Join('\n', words.TakeLast(20))}");
            }
            await Task.Delay(50);
        }
    }

    public async Task DisposeAsync()
    {
        if (_engine is not null)
        {
            await RunAsync("kill", "-TERM", _engine.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
            await _engine.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
            _engine.Dispose();
        }
        await RunAsync("ip", "link", "del", _bridge);
        Directory.Delete(_directory, recursive: true);
    }

    private async Task<bool> AnswersAsync()
    {
        if (!File.Exists(Socket)) return false;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} failed");
    }
}

[CollectionDefinition("engine")]
public sealed class EngineTests : ICollectionFixture<DockerEngine>;
