using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
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
        await StartAsync();
    }

    public async Task StartAsync()
    {
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

    /// <summary>SIGKILL. Its containers run on.</summary>
    public async Task KillAsync()
    {
        _engine!.Kill();
        await _engine.WaitForExitAsync();
        _engine.Dispose();
        File.Delete(Socket);
        // It starts a containerd of its own, which ends with it; as long as nobody has waited for that, the next one takes it for alive.
        File.Delete(Path.Combine(_directory, "exec", "containerd", "containerd.pid"));
    }

    /// <summary>Takes from an engine that does not run what it noted when a container had started, as when it dies a moment before it notes that.</summary>
    public async Task ForgetStartAsync(string container)
    {
        string file = Path.Combine(_directory, "data", "containers", container, "config.v2.json");
        JsonNode config = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        JsonObject state = config["State"]!.AsObject();
        (state["Running"], state["Pid"], state["StartedAt"]) = (false, 0, "0001-01-01T00:00:00Z");
        await File.WriteAllTextAsync(file, config.ToJsonString());
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
        await ClearAwayAsync();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>What the engine has lost track of it has left behind: the shims of such containers, and their file systems.</summary>
    private async Task ClearAwayAsync()
    {
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out int process)) continue;
            try
            {
                if ((await File.ReadAllTextAsync(Path.Combine(folder, "cmdline"))).Contains(_directory, StringComparison.Ordinal)) Process.GetProcessById(process).Kill();
            }
            catch (Exception gone) when (gone is IOException or ArgumentException or InvalidOperationException)
            {
                // It ended meanwhile.
                continue;
            }
        }
        string[] mounts = [.. (await File.ReadAllLinesAsync("/proc/self/mounts")).Select(line => line.Split(' ')[1]).Where(at => at.StartsWith(_directory, StringComparison.Ordinal)).OrderDescending(StringComparer.Ordinal)];
        foreach (string mount in mounts) await RunAsync("umount", "-l", mount);
    }

    /// <summary>Full ids of the containers of a pod that run by the engine's word.</summary>
    public async Task<string[]> RunningOfAsync(string pod, string container)
    {
        var start = new ProcessStartInfo("docker") { RedirectStandardOutput = true };
        foreach (string argument in new[] { "-H", $"unix://{Socket}", "ps", "--quiet", "--no-trunc", "--filter", $"label=hive.io/pod-name={pod}", "--filter", $"label=hive.io/container={container}" }) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        string printed = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return printed.Split('\n', StringSplitOptions.RemoveEmptyEntries);
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
