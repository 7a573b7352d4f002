using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Hive.EndToEnd.World;

/// <summary>One member of etcd itself, in a folder and on ports of its own: what Hive's answers are compared with.</summary>
public sealed class EtcdProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task _pump;
    private readonly string _folder;

    private EtcdProcess(Process process, string folder, Etcdctl client)
    {
        (_process, _folder, Client) = (process, folder, client);
        _pump = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
    }

    public Etcdctl Client { get; }

    /// <param name="pki">Certificates of a Hive cluster: etcd then serves TLS with queen-1's, and asks clients for theirs.</param>
    public static async Task<EtcdProcess> StartAsync(string? pki = null)
    {
        string folder = Directory.CreateTempSubdirectory("hive-test-etcd-").FullName;
        string client = $"{(pki is null ? "http" : "https")}://127.0.0.1:{FreePort()}", peer = $"http://127.0.0.1:{FreePort()}";
        string[] tls = pki is null ? [] :
        [
            "--cert-file", Path.Combine(pki, "queen-1.crt"), "--key-file", Path.Combine(pki, "queen-1.key"),
            "--client-cert-auth", "--trusted-ca-file", Path.Combine(pki, "ca.crt"),
        ];
        string[] arguments =
        [
            "--data-dir", Path.Combine(folder, "data"), "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", $"queen-1={peer}", "--name", "queen-1", .. tls,
        ];
        var etcd = new EtcdProcess(Tool.Start("etcd", arguments), folder, new Etcdctl(client, pki is null ? [] : Etcdctl.Credentials(pki)));
        await Tool.EventuallyAsync(async () => (await etcd.Client.RunAsync(["get", "x"])).ExitCode == 0, "etcd serves");
        return etcd;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        await _pump;
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }
}
