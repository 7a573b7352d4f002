using System.Net;
using Hive.Network.Services;

namespace Hive.Network.Userspace;

/// <summary>
/// Node ports carried by this process, for a machine where nftables is not to be had; and for 127.0.0.1, which the kernel does not translate
/// to other interfaces. TCP only. Cluster addresses cannot be served from user space: they belong to no interface.
/// </summary>
public sealed class UserspaceServiceProxy(IPAddress listenOn) : IServiceProxy
{
    private readonly SortedDictionary<int, PortForwarder> _forwarders = [];

    public string Name => "userspace";

    public async ValueTask<string?> ApplyAsync(ServiceTable table, CancellationToken cancellation)
    {
        var wanted = new SortedDictionary<int, ServicePortRule>();
        foreach (ServicePortRule rule in table.Rules)
        {
            if (rule is { Transport: Transport.Tcp, NodePort: > 0, Backends.IsEmpty: false }) wanted.TryAdd(rule.NodePort, rule);
        }
        foreach (int port in _forwarders.Keys.Except(wanted.Keys).ToArray())
        {
            await _forwarders[port].DisposeAsync();
            _forwarders.Remove(port);
        }
        var problems = new List<string>();
        foreach ((int port, ServicePortRule rule) in wanted)
        {
            if (_forwarders.TryGetValue(port, out PortForwarder? present))
            {
                present.SetBackends(rule.Backends);
                continue;
            }
            (PortForwarder? started, string? problem) = PortForwarder.TryStart(new IPEndPoint(listenOn, port), rule.Backends);
            if (started is not null) _forwarders[port] = started;
            else problems.Add($"{rule.Name}: {problem}");
        }
        return problems.Count == 0 ? null : string.Join("; ", problems);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (PortForwarder forwarder in _forwarders.Values) await forwarder.DisposeAsync();
        _forwarders.Clear();
    }
}
