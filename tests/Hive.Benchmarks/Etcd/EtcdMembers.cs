using System.Diagnostics;
using System.Net;

namespace Hive.Benchmarks.Etcd;

/// <summary>Members of the installed etcd with its default settings: without TLS, to clients and to each other.</summary>
internal static class EtcdMembers
{
    public static MemberStarts Describe(string folder, int count)
    {
        var ports = MemberStarts.FreePorts(2 * count);
        IPEndPoint[] clients = [.. Enumerable.Range(0, count).Select(_ => new IPEndPoint(IPAddress.Loopback, ports.Dequeue()))];
        string[] peers = [.. Enumerable.Range(0, count).Select(_ => $"http://127.0.0.1:{ports.Dequeue()}")];
        var members = string.Join(',', peers.Select((peer, i) => $"m{i}={peer}"));
        return new MemberStarts([.. peers.Select((peer, i) => Start(i, $"http://{clients[i]}", peer))], clients);

        ProcessStartInfo Start(int number, string client, string peer) => new("etcd",
        [
            "--name", $"m{number}", "--data-dir", Path.Combine(folder, $"m{number}"), "--logger", "zap", "--log-level", "error", "--log-outputs", "stdout",
            "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", members,
        ]);
    }
}
