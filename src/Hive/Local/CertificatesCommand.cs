using System.CommandLine;
using Hive.Composition;
using Hive.Platform.Certificates;

namespace Hive.Local;

/// <summary><c>hive certs</c>: makes the authority and every certificate of a cluster file, to be copied to the machines that need them.</summary>
internal static class CertificatesCommand
{
    public static Command Create()
    {
        var command = new Command("certs", "Make the certificates, the kubeconfig and the client profile of a cluster file") { UpCommand.File };
        command.SetAction((parsed, cancellation) => UpCommand.GuardAsync(() =>
        {
            ClusterFile cluster = ClusterFile.Load(parsed.GetValue(UpCommand.File) ?? "cluster.json");
            CertificateFolder folder = ClusterCertificates.Ensure(cluster, TimeProvider.System.GetUtcNow());
            (string kubeconfig, string profile) = ClusterCertificates.WriteClients(cluster, folder);
            Console.WriteLine($"certificates: {folder.Path}\nkubeconfig:   {kubeconfig}\nprofile:      {profile}");
            return Task.FromResult(0);
        }, cancellation));
        return command;
    }
}
