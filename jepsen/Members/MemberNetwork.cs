using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Hive.Jepsen.Members;

/// <summary>Where a queen is reached by peers, etcd clients and Kubernetes clients: ADDRESS:PORT.</summary>
public readonly record struct QueenAddresses(string Peer, string Etcd, string Api);

/// <summary>Where members listen, and how a process is started there.</summary>
public abstract class MemberNetwork : IAsyncDisposable
{
    /// <summary>Addresses of a queen (nodes are counted from 0, queens first) for peers, etcd clients and Kubernetes clients.</summary>
    /// <param name="place">Which of the node's two sets of ports: one that takes another's place needs its own while both are members.</param>
    public abstract QueenAddresses Addresses(int member, int place);

    /// <summary>Where a drone listens.</summary>
    public abstract string DroneAddress(int node);

    /// <summary>The command line that starts a program where the node lives.</summary>
    public abstract (string Program, string[] Arguments) Command(int node, string program, string[] arguments);

    /// <summary>One line for the log of the run.</summary>
    public abstract string Description { get; }

    public abstract ValueTask DisposeAsync();

    /// <summary>Namespaces where this machine allows them, loopback where it does not and nothing asks for them.</summary>
    /// <exception cref="MisuseException">They are asked for and the kernel refuses them.</exception>
    public static async Task<MemberNetwork> CreateAsync(int nodes, bool namespacesNeeded) =>
        !namespacesNeeded && Preconditions.MissingForNamespaces(Machine.This) is { } missing ? new LoopbackNetwork(nodes, missing) : await NamespaceNetwork.OpenAsync(nodes, faults: namespacesNeeded);
}

/// <summary>All members on 127.0.0.1, on ports that were free.</summary>
public sealed class LoopbackNetwork : MemberNetwork
{
    private const int PortsOfOnePlace = 3, PortsOfOneNode = 2 * PortsOfOnePlace;

    private readonly string[] _addresses;
    private readonly string _why;

    public LoopbackNetwork(int nodes, string why)
    {
        _why = why;
        TcpListener[] listeners = [.. Enumerable.Range(0, nodes * PortsOfOneNode).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (TcpListener listener in listeners) listener.Start();
        _addresses = [.. listeners.Select(l => l.LocalEndpoint.ToString()!)];
        foreach (TcpListener listener in listeners) listener.Dispose();
    }

    public override string Description => $"members share the loopback interface ({_why})";

    public override QueenAddresses Addresses(int member, int place)
    {
        int first = member * PortsOfOneNode + place * PortsOfOnePlace;
        return new QueenAddresses(_addresses[first], _addresses[first + 1], _addresses[first + 2]);
    }

    public override string DroneAddress(int node) => _addresses[node * PortsOfOneNode];

    public override (string Program, string[] Arguments) Command(int node, string program, string[] arguments) => (program, arguments);

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>
/// Each node in a network namespace of its own, joined by a bridge that lies in a further namespace, so that no rule of the machine's own
/// firewall touches the traffic between members. The machine reaches all of them always; cuts and losses are nftables rules inside.
/// </summary>
public sealed class NamespaceNetwork : MemberNetwork
{
    private const int PeerPort = 7001;
    private const int EtcdPort = 7002;
    private const int ApiPort = 7003;
    private const int DronePort = 7004;
    private const int PortsToNextPlace = 10;
    private const int FirstHost = 11;
    private const string NarrowRate = "400kbit";

    private const int Subnets = 256;

    private readonly string _name;
    private readonly int _nodes;
    private readonly string _subnet;

    private NamespaceNetwork(int nodes, int subnet)
    {
        _nodes = nodes;
        _name = string.Create(CultureInfo.InvariantCulture, $"hj{subnet}n");
        _subnet = string.Create(CultureInfo.InvariantCulture, $"10.213.{subnet}");
    }

    private string Switch => _name + "sw";

    public override string Description => $"each node in a network namespace of its own ({_name}1..{_nodes}, {_subnet}.0/24)";

    /// <summary>Takes a subnet that nobody on this machine has, and names all that it makes by it: of several harnesses each has its own.</summary>
    /// <param name="faults">Whether links are to be cut or lossy.</param>
    /// <exception cref="MisuseException">The kernel refuses it, as in a container without the right to do so.</exception>
    public static async Task<NamespaceNetwork> OpenAsync(int nodes, bool faults)
    {
        string routes = await Tool.RunAsync("ip", "-4", "route");
        for (int i = 0; i < Subnets; i++)
        {
            var network = new NamespaceNetwork(nodes, (i + Environment.ProcessId) % Subnets);
            if (routes.Contains(network._subnet + ".", StringComparison.Ordinal) || !await network.ClaimAsync()) continue;
            try
            {
                await network.BuildAsync();
                if (faults) await network.TryFilterAsync();
                return network;
            }
            catch
            {
                await network.DisposeAsync();
                throw;
            }
        }
        throw new MisuseException("all subnets of 10.213.0.0/16 are in use: \"ip netns list\" shows what earlier runs left");
    }

    public override QueenAddresses Addresses(int member, int place)
    {
        string At(int port) => string.Create(CultureInfo.InvariantCulture, $"{Host(member)}:{port + place * PortsToNextPlace}");
        return new QueenAddresses(At(PeerPort), At(EtcdPort), At(ApiPort));
    }

    public override string DroneAddress(int node) => $"{Host(node)}:{DronePort}";

    public override (string Program, string[] Arguments) Command(int node, string program, string[] arguments) =>
        ("nsenter", [$"--net=/run/netns/{Namespace(node)}", program, .. arguments]);

    /// <summary>
    /// From now on drops what arrives over each of the links, without an answer. Cuts under different names hold at the same time; a link is one-way.
    /// </summary>
    /// <param name="name">Name for <see cref="HealAsync"/>; a word.</param>
    public Task CutAsync(string name, IEnumerable<(int From, int To)> links) =>
        FilterAsync(name, links.GroupBy(l => l.To).Select(g => (g.Key, $"ip saddr {{ {string.Join(", ", g.Select(l => Host(l.From)))} }} drop;")));

    /// <summary>Drops so many of a hundred packets that come to a member from other members, by chance.</summary>
    public Task LoseAsync(string name, int member, int percent) =>
        FilterAsync(name, [(member, $"ip saddr {Host(0)}-{Host(_nodes - 1)} numgen random mod 100 < {percent} drop;")]);

    /// <summary>Ends a cut or a loss.</summary>
    public async Task HealAsync(string name)
    {
        for (int member = 0; member < _nodes; member++) await InTryAsync(member, "nft", $"delete table ip {name}");
    }

    /// <summary>
    /// All that a member sends is late (by <paramref name="delayMilliseconds"/>, more or less, where the kernel has netem) or passes a narrow
    /// link with a long queue, where it has not.
    /// </summary>
    /// <returns>What was done, in words.</returns>
    public async Task<string> SlowAsync(int member, int delayMilliseconds)
    {
        string delay = string.Create(CultureInfo.InvariantCulture, $"{delayMilliseconds}ms"), jitter = string.Create(CultureInfo.InvariantCulture, $"{delayMilliseconds / 3}ms");
        if (await InTryAsync(member, "tc", "qdisc", "add", "dev", "eth0", "root", "netem", "delay", delay, jitter)) return $"{delay} late";
        await InAsync(member, "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", NarrowRate, "burst", "16kbit", "latency", "500ms");
        return $"through {NarrowRate}/s with a queue of half a second";
    }

    public Task FastAsync(int member) => InTryAsync(member, "tc", "qdisc", "del", "dev", "eth0", "root");

    public override async ValueTask DisposeAsync()
    {
        await Tool.TryAsync("ip", "link", "del", _name + "h");
        for (int member = 0; member < _nodes; member++) await Tool.TryAsync("ip", "netns", "del", Namespace(member));
        await Tool.TryAsync("ip", "netns", "del", Switch);
    }

    /// <summary>A name can be taken once, so that who makes the namespace has the subnet.</summary>
    private async Task<bool> ClaimAsync()
    {
        (bool made, string said) = await Tool.TryAsync("ip", "netns", "add", Switch);
        if (made || said.Contains("File exists", StringComparison.Ordinal)) return made;
        throw new MisuseException($"this kernel makes no network namespaces ({said.Trim().ReplaceLineEndings(" ")}): run as root outside of a container, or in a privileged one");
    }

    /// <summary>The tool may be there and the kernel's part of it not.</summary>
    private async Task TryFilterAsync()
    {
        (bool works, string said) = await Tool.TryAsync("ip", "netns", "exec", Namespace(0), "nft", "list", "tables");
        if (!works) throw new MisuseException($"nftables does not work here ({said.Trim().ReplaceLineEndings(" ")}): load the kernel module nf_tables");
    }

    private async Task BuildAsync()
    {
        await Tool.RunAsync("ip", "-n", Switch, "link", "add", "name", "bridge0", "type", "bridge");
        await Tool.RunAsync("ip", "-n", Switch, "link", "set", "bridge0", "up");
        await Tool.RunAsync("ip", "link", "add", "name", _name + "h", "type", "veth", "peer", "name", "host", "netns", Switch);
        await Tool.RunAsync("ip", "-n", Switch, "link", "set", "host", "master", "bridge0", "up");
        await Tool.RunAsync("ip", "addr", "add", _subnet + ".1/24", "dev", _name + "h");
        await Tool.RunAsync("ip", "link", "set", _name + "h", "up");
        for (int member = 0; member < _nodes; member++)
        {
            string own = Namespace(member), port = $"m{member}";
            await Tool.RunAsync("ip", "netns", "add", own);
            await Tool.RunAsync("ip", "-n", Switch, "link", "add", "name", port, "type", "veth", "peer", "name", "eth0", "netns", own);
            await Tool.RunAsync("ip", "-n", Switch, "link", "set", port, "master", "bridge0", "up");
            await Tool.RunAsync("ip", "-n", own, "addr", "add", Host(member) + "/24", "dev", "eth0");
            await Tool.RunAsync("ip", "-n", own, "link", "set", "eth0", "up");
            await Tool.RunAsync("ip", "-n", own, "link", "set", "lo", "up");
        }
    }

    private async Task FilterAsync(string name, IEnumerable<(int Member, string Rule)> rules)
    {
        foreach ((int member, string rule) in rules)
        {
            await InAsync(member, "nft", $"add table ip {name} {{ chain input {{ type filter hook input priority 0; {rule} }} ; }}");
        }
    }

    private async Task<bool> InTryAsync(int member, string program, params string[] arguments) => (await Tool.TryAsync("ip", ["netns", "exec", Namespace(member), program, .. arguments])).Ok;

    private Task<string> InAsync(int member, string program, params string[] arguments) => Tool.RunAsync("ip", ["netns", "exec", Namespace(member), program, .. arguments]);

    private string Namespace(int member) => string.Create(CultureInfo.InvariantCulture, $"{_name}{member + 1}");

    private string Host(int member) => string.Create(CultureInfo.InvariantCulture, $"{_subnet}.{FirstHost + member}");
}
