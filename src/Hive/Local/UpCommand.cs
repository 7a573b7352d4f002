using System.CommandLine;
using System.Diagnostics;
using Hive.Commands;
using Hive.Composition;

namespace Hive.Local;

/// <summary><c>hive up</c>: all of a cluster file on this machine, until Ctrl-C. State stays for the next time.</summary>
internal static class UpCommand
{
    public static readonly Option<string> File = new("--cluster") { Description = "Cluster file", DefaultValueFactory = _ => "cluster.json" };

    public static Command Create()
    {
        var command = new Command("up", "Start the queens and drones of a cluster file on this machine") { File };
        command.SetAction((parsed, cancellation) => GuardAsync(async () =>
        {
            ClusterFile cluster = ClusterFile.Load(parsed.GetValue(File) ?? "cluster.json");
            long start = Stopwatch.GetTimestamp();
            await using LocalCluster local = LocalCluster.Start(cluster);
            await local.WaitUntilReadyAsync(Say(start), cancellation);
            TryNext(local);
            return await StayAsync(local, cancellation);
        }, cancellation));
        return command;
    }

    /// <summary>Prints with the seconds since the start before it.</summary>
    public static Action<string> Say(long start) => text => Console.WriteLine($"[{Stopwatch.GetElapsedTime(start).TotalSeconds,6:0.00} s] {text}");

    /// <summary>Lines that work when pasted into another terminal.</summary>
    public static void TryNext(LocalCluster local)
    {
        string pki = Path.Combine(local.Cluster.DataFolder, "pki");
        string hive = HiveProgram.Path;
        string etcd = string.Join(',', local.Profile.Etcd);
        Console.WriteLine($"""

            Try, in another terminal:
              export KUBECONFIG={local.Kubeconfig}
              kubectl get nodes,pods,services -A -o wide
              kubectl describe node {local.Cluster.Drones.FirstOrDefault()?.Name ?? ""}
              export ETCDCTL_API=3 ETCDCTL_ENDPOINTS={etcd} ETCDCTL_CACERT={pki}/ca.crt ETCDCTL_CERT={pki}/{ClusterCertificates.Admin}.crt ETCDCTL_KEY={pki}/{ClusterCertificates.Admin}.key
              etcdctl put greeting hello
              etcdctl get --prefix /registry/services --keys-only
              etcdctl endpoint status -w table
              export HIVE_PROFILE={Path.Combine(local.Cluster.DataFolder, "client.json")}
              {hive} status
              {hive} get drones
              {hive} task submit hello

            """);
    }

    /// <summary>Waits for Ctrl-C; a child that ends by itself ends the command with an explanation.</summary>
    public static async Task<int> StayAsync(LocalCluster local, CancellationToken cancellation)
    {
        Console.WriteLine("Running; Ctrl-C stops it.");
        try
        {
            ChildProcess gone = await local.AnyExitAsync(cancellation);
            await Console.Error.WriteLineAsync($"hive: {gone.Name} ended by itself with exit code {gone.ExitCode}; the end of its log ({gone.LogFile}):\n{gone.LogTail(10)}");
            return CommandContext.Failed;
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine("Stopping ...");
            return 0;
        }
    }

    /// <summary>Misuse becomes one line and exit code 2; Ctrl-C becomes 130 unless the command ended as it should.</summary>
    public static async Task<int> GuardAsync(Func<Task<int>> command, CancellationToken cancellation)
    {
        try
        {
            return await command();
        }
        catch (Exception failure) when (failure is UsageException or Client.Connections.ClientProfileException)
        {
            await Console.Error.WriteLineAsync($"hive: {failure.Message}");
            return CommandContext.Misused;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return CommandContext.Interrupted;
        }
    }
}
