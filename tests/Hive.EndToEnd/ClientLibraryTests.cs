using Hive.EndToEnd.World;
using Xunit;

namespace Hive.EndToEnd;

/// <summary>Client libraries of etcd in other languages, unchanged: keys, ranges, transactions, watches, leases, locks, elections, users, TLS.</summary>
public sealed class ClientLibraryTests(ClientLibraryTests.ThreeQueens world) : IClassFixture<ClientLibraryTests.ThreeQueens>
{
    /// <summary>One cluster for all tests of this class: each library uses keys of its own.</summary>
    public sealed class ThreeQueens : IAsyncLifetime
    {
        public TestCluster Cluster { get; private set; } = null!;

        public async Task InitializeAsync() => Cluster = await TestCluster.StartAsync(plain: true);

        public async Task DisposeAsync() => await Cluster.DisposeAsync();
    }

    private static readonly string Scripts = Path.Combine(Tool.Repository, "tests", "Hive.EndToEnd", "Clients");

    private string[] Certificates => [Path.Combine(world.Cluster.Pki, "ca.crt"), Path.Combine(world.Cluster.Pki, "admin.crt"), Path.Combine(world.Cluster.Pki, "admin.key")];

    [Theory]
    [InlineData("queen-1", false)]
    [InlineData("queen-2", true)]
    public async Task The_python_client_of_debian_works(string queen, bool tls)
    {
        string[] address = world.Cluster.EtcdAddress(queen, plain: !tls).Split(':');
        // Debian's own Python: another one would not find Debian's library.
        await MustAsync("/usr/bin/python3", [Path.Combine(Scripts, "python_client.py"), .. address, .. tls ? Certificates : []]);
    }

    [Theory]
    [InlineData("queen-2", false)]
    [InlineData("queen-3", true)]
    public async Task The_javascript_client_of_npm_works(string queen, bool tls)
    {
        string url = (tls ? "https://" : "http://") + world.Cluster.EtcdAddress(queen, plain: !tls);
        await MustAsync("node", [Path.Combine(Scripts, "javascript_client.js"), url, .. tls ? Certificates : []]);
    }

    private static async Task MustAsync(string program, string[] arguments)
    {
        var environment = new Dictionary<string, string> { ["NODE_PATH"] = Path.Combine(Tool.Installed, "node_modules") };
        ToolResult result = await Tool.RunAsync(program, arguments, environment);
        Assert.True(result.ExitCode == 0 && result.Output.EndsWith("ok\n", StringComparison.Ordinal), result.All);
    }
}
