using System.Diagnostics;

namespace Hive.EndToEnd.World;

/// <summary>etcdctl against one endpoint, as a person would run it.</summary>
public sealed class Etcdctl(string endpoint, IReadOnlyList<string> credentials)
{
    private static readonly Dictionary<string, string> Environment = new(StringComparer.Ordinal) { ["ETCDCTL_API"] = "3" };

    public string Endpoint { get; } = endpoint;

    /// <summary>The etcd face of one queen, with the cluster's own client certificate.</summary>
    public static Etcdctl Of(TestCluster cluster, string queen) => new("https://" + cluster.EtcdAddress(queen), Credentials(cluster.Pki));

    /// <summary>The etcd face of one queen without TLS.</summary>
    public static Etcdctl Plain(TestCluster cluster, string queen) => new("http://" + cluster.EtcdAddress(queen, plain: true), []);

    /// <summary>The administrator's certificate of a cluster, as etcdctl takes it.</summary>
    public static string[] Credentials(string pki) =>
    [
        "--cacert", Path.Combine(pki, "ca.crt"), "--cert", Path.Combine(pki, "admin.crt"), "--key", Path.Combine(pki, "admin.key"),
    ];

    /// <summary>Runs to the end.</summary>
    public Task<ToolResult> RunAsync(string[] arguments, string? input = null) => Tool.RunAsync("etcdctl", All(arguments), Environment, input);

    /// <summary>Starts what goes on until it is killed: a watch, a lock.</summary>
    public Process Start(params string[] arguments) => Tool.Start("etcdctl", All(arguments), Environment);

    /// <summary>What it printed; it must have succeeded.</summary>
    public async Task<string> MustAsync(params string[] arguments)
    {
        ToolResult result = await RunAsync(arguments);
        return result.ExitCode == 0 ? result.Output : throw new InvalidOperationException($"etcdctl {string.Join(' ', arguments)}: {result.All}");
    }

    private IEnumerable<string> All(string[] arguments) => [.. credentials, "--endpoints", Endpoint, .. arguments];
}
