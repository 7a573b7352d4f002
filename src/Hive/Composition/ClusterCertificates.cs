using System.Net;
using Hive.Client.Connections;
using Hive.Platform.Certificates;

namespace Hive.Composition;

/// <summary>All certificates of a cluster, in one folder: made at its birth by whoever holds the authority's key, copied to the other machines.</summary>
internal static class ClusterCertificates
{
    public const string Admin = "admin";

    /// <summary>File with the secret by which new drones join (a bearer token, one line).</summary>
    public const string JoinToken = "join-token";

    /// <summary>File with the key pair that signs service-account tokens.</summary>
    public const string ServiceAccounts = "service-accounts";

    public static CertificateFolder FolderOf(ClusterFile cluster) => new(Path.Combine(cluster.DataFolder, "pki"));

    /// <summary>Makes what is missing: the authority, a certificate for every queen and drone, and the administrator's.</summary>
    public static CertificateFolder Ensure(ClusterFile cluster, DateTimeOffset now)
    {
        CertificateFolder folder = FolderOf(cluster);
        using CertificateAuthority authority = folder.OpenAuthority(cluster.Name, now);
        foreach (QueenEntry queen in cluster.Queens)
        {
            folder.Ensure(authority, queen.Name, QueenSubject(cluster, queen), CertificateUse.Server | CertificateUse.Client, now);
        }
        foreach (DroneEntry drone in cluster.Drones)
        {
            folder.Ensure(authority, drone.Name, DroneSubject(drone.Name, [Host(drone.Listen)]), CertificateUse.Server | CertificateUse.Client, now);
        }
        folder.Ensure(authority, Admin, new CertificateSubject("hive-admin", CertificateNames.Masters, []), CertificateUse.Client, now);
        folder.Ensure(authority, ServiceAccounts, new CertificateSubject("hive-service-accounts", "", []), CertificateUse.Client, now);
        string token = Path.Combine(folder.Path, JoinToken);
        if (!File.Exists(token)) folder.WritePrivate(JoinToken, Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(24)));
        return folder;
    }

    /// <summary>The name under which a drone is known; also what the join endpoint signs.</summary>
    public static CertificateSubject DroneSubject(string name, IReadOnlyList<string> hosts) =>
        new($"system:node:{name}", CertificateNames.Nodes, [name, .. hosts, .. Loopback(hosts)]);

    /// <summary>Writes kubeconfig and client profile for the administrator; answers with both files.</summary>
    public static (string Kubeconfig, string Profile) WriteClients(ClusterFile cluster, CertificateFolder folder)
    {
        string profile = Path.Combine(cluster.DataFolder, "client.json");
        var client = new ClientProfile
        {
            Queens = [.. cluster.Queens.Select(q => $"https://{q.Api}")],
            Etcd = [.. cluster.Queens.Select(q => $"https://{q.Etcd}")],
            AuthorityFile = Path.GetRelativePath(cluster.DataFolder, folder.AuthorityFile),
            CertificateFile = Path.GetRelativePath(cluster.DataFolder, folder.CertificateFile(Admin)),
            KeyFile = Path.GetRelativePath(cluster.DataFolder, folder.KeyFile(Admin)),
        };
        File.WriteAllText(profile, client.ToJson() + "\n");
        string kubeconfig = new CertificateFolder(cluster.DataFolder).WritePrivate("kubeconfig", Kubeconfig(cluster, folder));
        return (kubeconfig, profile);
    }

    private static CertificateSubject QueenSubject(ClusterFile cluster, QueenEntry queen) => new(
        $"hive:queen:{queen.Name}", CertificateNames.Queens,
        [
            .. new SortedSet<string>([Host(queen.Api), Host(queen.Etcd), Host(queen.Peer)], StringComparer.Ordinal),
            .. Loopback([Host(queen.Api)]), queen.Name, "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local", FirstAddress(cluster.ServiceRange),
        ]);

    /// <summary>One context for each queen, the first being current: kubectl itself knows only one server a context.</summary>
    private static string Kubeconfig(ClusterFile cluster, CertificateFolder folder)
    {
        static string Base64(string file) => Convert.ToBase64String(File.ReadAllBytes(file));
        var text = new System.Text.StringBuilder();
        text.Append("apiVersion: v1\nkind: Config\ncurrent-context: ").Append(cluster.Name).Append("\nclusters:\n");
        string authority = Base64(folder.AuthorityFile);
        foreach ((string context, QueenEntry queen) in Contexts(cluster))
        {
            text.Append("- name: ").Append(context).Append("\n  cluster:\n    server: https://").Append(queen.Api)
                .Append("\n    certificate-authority-data: ").Append(authority).Append('\n');
        }
        text.Append("contexts:\n");
        foreach ((string context, _) in Contexts(cluster))
        {
            text.Append("- name: ").Append(context).Append("\n  context:\n    cluster: ").Append(context).Append("\n    user: hive-admin\n");
        }
        text.Append("users:\n- name: hive-admin\n  user:\n    client-certificate-data: ").Append(Base64(folder.CertificateFile(Admin)))
            .Append("\n    client-key-data: ").Append(Base64(folder.KeyFile(Admin))).Append('\n');
        return text.ToString();
    }

    private static IEnumerable<(string Context, QueenEntry Queen)> Contexts(ClusterFile cluster)
    {
        yield return (cluster.Name, cluster.Queens[0]);
        foreach (QueenEntry queen in cluster.Queens) yield return ($"{cluster.Name}-{queen.Name}", queen);
    }

    private static string Host(string address) => IPEndPoint.Parse(address).Address.ToString();

    private static string[] Loopback(IReadOnlyList<string> present) => present.Contains("127.0.0.1") ? [] : ["127.0.0.1"];

    /// <summary>Address of the <c>kubernetes</c> Service: the first of the Services' range.</summary>
    public static string FirstAddress(string range)
    {
        byte[] bytes = IPNetwork.Parse(range).BaseAddress.GetAddressBytes();
        bytes[^1]++;
        return new IPAddress(bytes).ToString();
    }
}
