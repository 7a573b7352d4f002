using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Hive.Jepsen.Members;

/// <summary>Where members listen, and how a process is started there.</summary>
public abstract class MemberNetwork : IAsyncDisposable
{
    /// <summary>Addresses of a member (counted from 0) for peers, etcd clients and Kubernetes clients.</summary>
    public abstract (string Peer, string Etcd, string Api) Addresses(int member);

    /// <summary>The command line that starts a program where the member lives.</summary>
    public abstract (string Program, string[] Arguments) Command(int member, string program, string[] arguments);

    /// <summary>One line for the log of the run.</summary>
    public abstract string Description { get; }

    public abstract ValueTask DisposeAsync();

    /// <summary>Namespaces where this machine allows them, loopback where it does not and nothing asks for partitions.</summary>
    /// <exception cref="MisuseException">Partitions are asked for and something that they need is missing: what.</exception>
    public static async Task<MemberNetwork> CreateAsync(int members, bool partitions)
    {
        if (NamespaceNetwork.Missing(partitions) is not { } missing) return await NamespaceNetwork.OpenAsync(members);
        if (partitions) throw new MisuseException($"the nemesis \"partition\" needs network namespaces: {missing}");
        return new LoopbackNetwork(members, missing);
    }
}

/// <summary>All members on 127.0.0.1, on ports that were free.</summary>
public sealed class LoopbackNetwork : MemberNetwork
{
    private readonly string[] _addresses;
    private readonly string _why;

    public LoopbackNetwork(int members, string why)
    {
        _why = why;
        TcpListener[] listeners = [.. Enumerable.Range(0, members * 3).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (TcpListener listener in listeners) listener.Start();
        _addresses = [.. listeners.Select(l => l.LocalEndpoint.ToString()!)];
        foreach (TcpListener listener in listeners) listener.Dispose();
    }

    public override string Description => $"members share the loopback interface ({_why})";

    public override (string Peer, string Etcd, string Api) Addresses(int member) => (_addresses[member * 3], _addresses[member * 3 + 1], _addresses[member * 3 + 2]);

    public override (string Program, string[] Arguments) Command(int member, string program, string[] arguments) => (program, arguments);

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>
/// Each member in a network namespace of its own, joined by a bridge that lies in a further namespace, so that no rule of the machine's own
/// firewall touches the traffic between members. The machine reaches all of them always; partitions are nftables rules inside.
/// </summary>
public sealed class NamespaceNetwork : MemberNetwork
{
    private const int PeerPort = 7001;
    private const int EtcdPort = 7002;
    private const int ApiPort = 7003;
    private const int FirstHost = 11;

    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"hj{Environment.ProcessId % 100_000}{(char)('a' + Interlocked.Increment(ref s_opened) % 26)}");
    private readonly int _members;
    private readonly string _subnet;
    private static int s_opened;

    private NamespaceNetwork(int members, string subnet) => (_members, _subnet) = (members, subnet);

    private string Switch => _name + "sw";

    public override string Description => $"each member in a network namespace of its own ({_name}1..{_members}, {_subnet}.0/24)";

    /// <summary>What this machine lacks for namespaces; null when nothing.</summary>
    public static string? Missing(bool partitions)
    {
        if (!string.Equals(Environment.UserName, "root", StringComparison.Ordinal)) return "run as root";
        if (Tool.Find("ip") is null) return "install the package iproute2";
        if (Tool.Find("nsenter") is null) return "install the package util-linux";
        return partitions && Tool.Find("nft") is null ? "install the package nftables" : null;
    }

    public static async Task<NamespaceNetwork> OpenAsync(int members)
    {
        string used = await Tool.RunAsync("ip", "-4", "route");
        int third = Enumerable.Range(0, 256).Select(i => (i + Environment.ProcessId) % 256).First(i => !used.Contains($"10.213.{i}.", StringComparison.Ordinal));
        var network = new NamespaceNetwork(members, $"10.213.{third}");
        try
        {
            await network.BuildAsync();
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    public override (string Peer, string Etcd, string Api) Addresses(int member) => ($"{Host(member)}:{PeerPort}", $"{Host(member)}:{EtcdPort}", $"{Host(member)}:{ApiPort}");

    public override (string Program, string[] Arguments) Command(int member, string program, string[] arguments) =>
        ("nsenter", [$"--net=/run/netns/{Namespace(member)}", program, .. arguments]);

    /// <summary>Lets nothing pass between members of different groups; packets are dropped without an answer.</summary>
    public async Task PartitionAsync(IReadOnlyList<IReadOnlyList<int>> groups)
    {
        foreach (IReadOnlyList<int> group in groups)
        {
            string strangers = string.Join(", ", groups.Where(g => g != group).SelectMany(g => g).Select(Host));
            foreach (int member in group)
            {
                await InAsync(member, "nft", $"add table ip hive_jepsen {{ chain input {{ type filter hook input priority 0; ip saddr {{ {strangers} }} drop; }} ; chain output {{ type filter hook output priority 0; ip daddr {{ {strangers} }} drop; }} ; }}");
            }
        }
    }

    public async Task HealAsync()
    {
        for (int member = 0; member < _members; member++) await InAsync(member, "nft", "flush ruleset");
    }

    public override async ValueTask DisposeAsync()
    {
        await Tool.TryAsync("ip", "link", "del", _name + "h");
        for (int member = 0; member < _members; member++) await Tool.TryAsync("ip", "netns", "del", Namespace(member));
        await Tool.TryAsync("ip", "netns", "del", Switch);
    }

    private async Task BuildAsync()
    {
        await Tool.RunAsync("ip", "netns", "add", Switch);
        await Tool.RunAsync("ip", "-n", Switch, "link", "add", "name", "bridge0", "type", "bridge");
        await Tool.RunAsync("ip", "-n", Switch, "link", "set", "bridge0", "up");
        await Tool.RunAsync("ip", "link", "add", "name", _name + "h", "type", "veth", "peer", "name", "host", "netns", Switch);
        await Tool.RunAsync("ip", "-n", Switch, "link", "set", "host", "master", "bridge0", "up");
        await Tool.RunAsync("ip", "addr", "add", _subnet + ".1/24", "dev", _name + "h");
        await Tool.RunAsync("ip", "link", "set", _name + "h", "up");
        for (int member = 0; member < _members; member++)
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

    private Task<string> InAsync(int member, string program, params string[] arguments) => Tool.RunAsync("ip", ["netns", "exec", Namespace(member), program, .. arguments]);

    private string Namespace(int member) => string.Create(CultureInfo.InvariantCulture, $"{_name}{member + 1}");

    private string Host(int member) => string.Create(CultureInfo.InvariantCulture, $"{_subnet}.{FirstHost + member}");
}
