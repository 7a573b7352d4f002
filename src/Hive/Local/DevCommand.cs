using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Hive.Client.Connections;
using Hive.Client.Kubernetes;
using Hive.Commands;
using Hive.Composition;
using Hive.Platform.Certificates;
using Hive.Queen;
using Microsoft.Extensions.Logging;

namespace Hive.Local;

/// <summary><c>hive dev</c>: a queen and a drone in one process, for trying things out. State stays for the next time unless it is told to forget.</summary>
internal static class DevCommand
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    private static readonly Option<string> Data = new("--data") { Description = "Where state is kept", DefaultValueFactory = _ => ".hive/dev" };
    private static readonly Option<int> Api = new("--api-port") { Description = "Port of the Kubernetes face", DefaultValueFactory = _ => 6443 };
    private static readonly Option<int> Etcd = new("--etcd-port") { Description = "Port of the etcd face (TLS)", DefaultValueFactory = _ => 2379 };
    private static readonly Option<int> EtcdPlain = new("--etcd-plain-port") { Description = "Port of the etcd face without TLS and credentials, on loopback; 0 for none" };
    private static readonly Option<int> DronePort = new("--drone-port") { Description = "Port of the drone", DefaultValueFactory = _ => 10250 };
    private static readonly Option<string> Runtime = new("--runtime") { Description = "auto, docker or process", DefaultValueFactory = _ => "auto" };
    private static readonly Option<bool> Fresh = new("--fresh") { Description = "Forget the state of the last time first" };
    private static readonly Option<LogLevel> Level = new("--log-level") { Description = "Debug, Information, Warning or Error", DefaultValueFactory = _ => LogLevel.Warning };

    public static Command Create()
    {
        var command = new Command("dev", "Run a queen and a drone in one process") { Data, Api, Etcd, EtcdPlain, DronePort, Runtime, Fresh, Level };
        command.SetAction((parsed, cancellation) => UpCommand.GuardAsync(() => RunAsync(parsed, cancellation), cancellation));
        return command;
    }

    private static Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        string data = parsed.GetValue(Data) ?? ".hive/dev";
        int plain = parsed.GetValue(EtcdPlain);
        ClusterFile cluster = ClusterFile.Single("hive-dev", data, parsed.GetValue(Api), parsed.GetValue(Etcd), plain, parsed.GetValue(DronePort), parsed.GetValue(Runtime) ?? "auto");
        if (parsed.GetValue(Fresh) && Directory.Exists(cluster.DataFolder)) Directory.Delete(cluster.DataFolder, recursive: true);
        Directory.CreateDirectory(cluster.DataFolder);
        CertificateFolder certificates = ClusterCertificates.Ensure(cluster, TimeProvider.System.GetUtcNow());
        (string kubeconfig, string profile) = ClusterCertificates.WriteClients(cluster, certificates);
        return Lifetime.RunAsync(lifetime => ServeAsync(parsed, cluster, profile, kubeconfig, start, lifetime), cancellation);
    }

    private static async Task<int> ServeAsync(ParseResult parsed, ClusterFile cluster, string profile, string kubeconfig, long start, Lifetime lifetime)
    {
        using ILoggerFactory loggers = HostCommands.Loggers(parsed.GetValue(Level));
        try
        {
            QueenEntry queen = cluster.Queens[0];
            DroneEntry drone = cluster.Drones[0];
            await using QueenHost queens = await QueenHost.StartAsync(cluster, queen, Path.Combine(cluster.DataFolder, queen.Name), loggers, lifetime.Stop);
            await using DroneHost drones = await DroneHost.StartAsync(cluster, drone, Path.Combine(cluster.DataFolder, drone.Name), true, loggers, lifetime.Stop);
            Task<Exception> failure = await Task.WhenAny(queens.Failure, drones.Failure, WhenReadyAsync(profile, drone.Name, start, kubeconfig, lifetime.Stop));
            if (failure == queens.Failure || failure == drones.Failure) return await HostCommands.UntilStoppedAsync("hive dev", failure, lifetime, loggers);
            return await HostCommands.UntilStoppedAsync("hive dev", Task.WhenAny(queens.Failure, drones.Failure).Unwrap(), lifetime, loggers);
        }
        catch (QueenStartException refused)
        {
            throw new UsageException($"the queen cannot start: {refused.Message}");
        }
    }

    /// <summary>Says so when the node is Ready. Its result means nothing: it only has the type of the tasks that it is awaited with.</summary>
    private static async Task<Exception> WhenReadyAsync(string profileFile, string node, long start, string kubeconfig, CancellationToken cancellation)
    {
        ClientProfile profile = ClientProfile.Load(profileFile);
        using KubernetesClient client = KubernetesClient.Connect(profile);
        try
        {
            while (!await IsReadyAsync(client, node, cancellation)) await Task.Delay(Poll, TimeProvider.System, cancellation);
            Console.WriteLine($"[{Stopwatch.GetElapsedTime(start).TotalSeconds,6:0.00} s] {node} is Ready. Ctrl-C stops.\n");
            Console.WriteLine($"  export KUBECONFIG={kubeconfig} HIVE_PROFILE={profileFile}\n  kubectl get nodes -o wide");
        }
        catch (OperationCanceledException)
        {
            // Stopped before it was ready.
        }
        return new OperationCanceledException();
    }

    private static async Task<bool> IsReadyAsync(KubernetesClient client, string node, CancellationToken cancellation)
    {
        ApiAnswer answer = await client.GetAsync($"/api/v1/nodes/{node}", cancellation);
        return answer.Ok && (answer.Body?["status"]?["conditions"] as JsonArray)?.Any(c => (string?)c?["type"] == "Ready" && (string?)c["status"] == "True") == true;
    }
}
