using System.Diagnostics;

namespace Hive.EndToEnd.World;

/// <summary>A dockerd of the test's own: own socket, images, containers and bridge; nothing of a real one is touched.</summary>
public sealed class ContainerEngine : IAsyncDisposable
{
    private readonly string _folder;
    private readonly Process _process;
    private readonly Task _pumps;

    private ContainerEngine(string folder, Process process)
    {
        _folder = folder;
        _process = process;
        _pumps = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), LogAsync(process.StandardError, Path.Combine(folder, "dockerd.log")));
    }

    public string Socket => Path.Combine(_folder, "docker.sock");

    /// <summary>What points a client, ours included, at this engine.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string> { ["DOCKER_HOST"] = "unix://" + Socket };

    /// <summary>Needs root and the package docker.io, and says so when they are missing.</summary>
    public static async Task<ContainerEngine> StartAsync()
    {
        string folder = Directory.CreateTempSubdirectory("hive-engine-").FullName;
        Process process;
        try
        {
            process = Tool.Start("dockerd",
            [
                "-H", "unix://" + Path.Combine(folder, "docker.sock"), "--data-root", Path.Combine(folder, "data"), "--exec-root", Path.Combine(folder, "exec"),
                "--pidfile", Path.Combine(folder, "pid"), "--bip", "172.30.0.1/16",
            ]);
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new InvalidOperationException($"dockerd cannot be started ({missing.Message}): install the package docker.io, and run the tests as root", missing);
        }
        var engine = new ContainerEngine(folder, process);
        try
        {
            await Tool.EventuallyAsync(async () =>
            {
                if (process.HasExited) throw new InvalidOperationException($"dockerd ended:\n{await File.ReadAllTextAsync(Path.Combine(folder, "dockerd.log"))}");
                return File.Exists(engine.Socket) && (await Tool.RunAsync("docker", ["version"], engine.Environment)).ExitCode == 0;
            }, "dockerd answers", TimeSpan.FromSeconds(60));
            return engine;
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
    }

    /// <summary>Output of a <c>docker</c> command.</summary>
    public async Task<string> RunAsync(params string[] arguments)
    {
        ToolResult result = await Tool.RunAsync("docker", arguments, Environment);
        return result.ExitCode == 0 ? result.Output : throw new InvalidOperationException(result.All);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await Tool.RunAsync("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            await _process.WaitForExitAsync();
        }
        await _pumps;
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task LogAsync(StreamReader from, string file)
    {
        await using var writer = new StreamWriter(file) { AutoFlush = true };
        while (await from.ReadLineAsync() is { } line) await writer.WriteLineAsync(line);
    }
}
