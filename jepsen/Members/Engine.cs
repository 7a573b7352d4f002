using System.Diagnostics;

namespace Hive.Jepsen.Members;

/// <summary>A container engine of one drone's own, in the drone's network namespace: own socket, images, containers and bridge.</summary>
internal sealed class Engine(string name, string folder, string logs, Func<string, string[], (string Program, string[] Arguments)> where)
{
    /// <summary>An image with a static shell.</summary>
    public const string Image = "hive-jepsen:1";

    /// <summary>The shell in the image: static, so that nothing else need be in it.</summary>
    public const string Busybox = "/bin/busybox";
    private static readonly string[] Applets = ["sh", "sleep"];
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollPause = TimeSpan.FromMilliseconds(100);

    public Hosted Process { get; } = new(name, logs, where("dockerd",
    [
        "-H", "unix://" + SocketIn(folder), "--data-root", Path.Combine(folder, "data"), "--exec-root", Path.Combine(folder, "exec"), "--pidfile", Path.Combine(folder, "pid"), "--bip", "172.30.0.1/16",
    ]), isKeptUp: true);

    public string Address => "unix://" + SocketIn(folder);

    /// <summary>Starts it, waits until it answers, and gives it the image.</summary>
    /// <exception cref="TimeoutException">It does not answer.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        Process.Start();
        long start = Stopwatch.GetTimestamp();
        while (!(await Tool.TryAsync("docker", "-H", Address, "version")).Ok)
        {
            if (Stopwatch.GetElapsedTime(start) > StartPatience) throw new TimeoutException($"{name} does not answer within {StartPatience.TotalSeconds} s; its log: {Process.Log}");
            await Task.Delay(PollPause, cancellation);
        }
        await ImportAsync();
    }

    /// <summary>SIGKILL, and held down.</summary>
    public async Task HoldDownAsync()
    {
        await Process.HoldDownAsync();
        // It starts a containerd of its own, which ends with it; as long as nobody has waited for that, the next one takes it for alive.
        File.Delete(Path.Combine(folder, "exec", "containerd", "containerd.pid"));
    }

    private async Task ImportAsync()
    {
        string root = Path.Combine(folder, "image"), archive = root + ".tar";
        Directory.CreateDirectory(Path.Combine(root, "bin"));
        File.Copy(Busybox, Path.Combine(root, "bin/busybox"));
        foreach (string applet in Applets) File.CreateSymbolicLink(Path.Combine(root, "bin", applet), "busybox");
        await Tool.RunAsync("tar", "-cf", archive, "-C", root, ".");
        await Tool.RunAsync("docker", "-H", Address, "import", archive, Image);
    }

    private static string SocketIn(string folder) => Path.Combine(folder, "docker.sock");
}
