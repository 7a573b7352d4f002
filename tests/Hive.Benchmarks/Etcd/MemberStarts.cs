using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Hive.Benchmarks.Etcd;

/// <summary>How the processes of a cluster are started, and where each serves clients without TLS.</summary>
internal sealed record MemberStarts(IReadOnlyList<ProcessStartInfo> Starts, IReadOnlyList<IPEndPoint> Clients)
{
    /// <summary>Ports on loopback that nobody uses now.</summary>
    public static Queue<int> FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        foreach (var listener in listeners) listener.Start();
        var ports = new Queue<int>(listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port));
        foreach (var listener in listeners) listener.Stop();
        return ports;
    }
}
