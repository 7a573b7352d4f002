using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Hive.Network.Nftables;
using Hive.Network.Services;
using Hive.Network.Userspace;
using Xunit;

namespace Hive.Network.Tests;

public sealed class ProxyTests
{
    private static readonly IPAddress ClusterAddress = IPAddress.Parse("10.43.255.77");
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    [Fact]
    public void The_same_table_makes_the_same_ruleset_and_replaces_the_whole_table()
    {
        ServiceTable table = Table(30_081, new IPEndPoint(IPAddress.Parse("10.0.0.1"), 80));

        string ruleset = NftRuleset.Write("hive-t", table);

        Assert.Equal(ruleset, NftRuleset.Write("hive-t", table));
        Assert.StartsWith("table ip hive-t\ndelete table ip hive-t\n", ruleset, StringComparison.Ordinal);
        Assert.Contains("10.43.255.77 . tcp . 80 : goto service-0", ruleset, StringComparison.Ordinal);
        Assert.Contains("tcp . 30081 : goto service-0", ruleset, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nftables_balances_a_cluster_address_over_all_backends_and_refuses_when_there_are_none()
    {
        await using var first = Backend.Start("127.77.0.1", "first");
        await using var second = Backend.Start("127.77.0.2", "second");
        (NftServiceProxy? proxy, string? problem) = await NftServiceProxy.TryCreateAsync($"test-{Environment.ProcessId}", CancellationToken.None);
        Assert.True(proxy is not null, $"nftables is needed (root, package nftables): {problem}");
        await using NftServiceProxy _ = proxy;

        Assert.Null(await proxy.ApplyAsync(Table(0, first.At, second.At), CancellationToken.None));
        var answers = new SortedSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < 300 && answers.Count < 2; i++) answers.Add(await AskAsync(new IPEndPoint(ClusterAddress, 80)));
        Assert.Equal(["first", "second"], answers);

        Assert.Null(await proxy.ApplyAsync(Table(0), CancellationToken.None));
        SocketException refused = await Assert.ThrowsAsync<SocketException>(() => AskAsync(new IPEndPoint(ClusterAddress, 80)));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    [Fact]
    public async Task A_refused_ruleset_says_why_and_leaves_the_old_one_in_force()
    {
        await using var only = Backend.Start("127.77.0.3", "only");
        (NftServiceProxy? proxy, string? problem) = await NftServiceProxy.TryCreateAsync($"bad-{Environment.ProcessId}", CancellationToken.None);
        Assert.True(proxy is not null, $"nftables is needed (root, package nftables): {problem}");
        await using NftServiceProxy _ = proxy;
        Assert.Null(await proxy.ApplyAsync(Table(0, only.At), CancellationToken.None));

        ServicePortRule bad = Table(0, only.At).Rules[0] with { Port = 70_000 };
        string? refusal = await proxy.ApplyAsync(new ServiceTable([bad]), CancellationToken.None);

        Assert.Contains("nft refused the ruleset", refusal, StringComparison.Ordinal);
        Assert.Equal("only", await AskAsync(new IPEndPoint(ClusterAddress, 80)));
    }

    [Fact]
    public async Task Userspace_proxy_takes_backends_in_turn_passes_over_dead_ones_and_follows_changes()
    {
        await using var first = Backend.Start("127.77.0.4", "first");
        await using var second = Backend.Start("127.77.0.5", "second");
        var dead = new IPEndPoint(IPAddress.Parse("127.77.0.6"), first.At.Port);
        int port = FreePort();
        await using var proxy = new UserspaceServiceProxy(IPAddress.Loopback);

        Assert.Null(await proxy.ApplyAsync(Table(port, first.At, dead, second.At), CancellationToken.None));
        var answers = new SortedSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < 6; i++) answers.Add(await AskAsync(new IPEndPoint(IPAddress.Loopback, port)));
        Assert.Equal(["first", "second"], answers);

        Assert.Null(await proxy.ApplyAsync(Table(port, second.At), CancellationToken.None));
        Assert.Equal("second", await AskAsync(new IPEndPoint(IPAddress.Loopback, port)));

        Assert.Null(await proxy.ApplyAsync(ServiceTable.Empty, CancellationToken.None));
        await Assert.ThrowsAsync<SocketException>(() => AskAsync(new IPEndPoint(IPAddress.Loopback, port)));
    }

    private static ServiceTable Table(int nodePort, params IPEndPoint[] backends) =>
        new([new ServicePortRule("default/web:http", Transport.Tcp, [ClusterAddress], 80, nodePort, false, [.. backends])]);

    private static async Task<string> AskAsync(IPEndPoint address)
    {
        using var limit = new CancellationTokenSource(Deadline);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address, limit.Token);
        byte[] buffer = new byte[64];
        int read = await socket.ReceiveAsync(buffer, limit.Token);
        return Encoding.UTF8.GetString(buffer, 0, read);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Says its name to whoever connects.</summary>
    private sealed class Backend : IAsyncDisposable
    {
        private readonly TcpListener _listener;
        private readonly Task _loop;

        private Backend(TcpListener listener, string name)
        {
            _listener = listener;
            _loop = ServeAsync(name);
        }

        public IPEndPoint At => (IPEndPoint)_listener.LocalEndpoint;

        public static Backend Start(string address, string name)
        {
            var listener = new TcpListener(IPAddress.Parse(address), 8080);
            listener.Start();
            return new Backend(listener, name);
        }

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _loop;
            _listener.Dispose();
        }

        private async Task ServeAsync(string name)
        {
            try
            {
                while (true)
                {
                    using Socket client = await _listener.AcceptSocketAsync();
                    await client.SendAsync(Encoding.UTF8.GetBytes(name));
                    client.Shutdown(SocketShutdown.Send);
                }
            }
            catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
