using Hive.Client.Connections;
using Hive.Composition;
using Hive.Platform.Certificates;

namespace Hive.Commands.Members;

/// <summary>The files of a cluster that follow its membership: the cluster file, the certificates, and what clients are told.</summary>
internal sealed class MemberFiles
{
    private ClusterFile _cluster;

    private MemberFiles(string file, ClusterFile cluster) => (File, _cluster) = (file, cluster);

    /// <summary>The cluster file.</summary>
    public string File { get; }

    public IReadOnlyList<QueenEntry> Queens => _cluster.Queens;

    public string Certificates => ClusterCertificates.FolderOf(_cluster).Path;

    /// <summary>The one that is named; else the one in this folder if it is that of the profile, else the one beside the profile; else none.</summary>
    /// <exception cref="UsageException">It cannot be read.</exception>
    public static MemberFiles? Find(string? named, string profileFile)
    {
        if (named is not null) return new MemberFiles(Path.GetFullPath(named), ClusterFile.Load(named));
        string home = Path.GetDirectoryName(Path.GetFullPath(profileFile)) ?? "/";
        string here = Path.GetFullPath("cluster.json"), beside = Path.Combine(home, "cluster.json");
        if (here != beside && System.IO.File.Exists(here) && ClusterFile.Load(here) is { } source && source.DataFolder == home) return new MemberFiles(here, source);
        return System.IO.File.Exists(beside) ? new MemberFiles(beside, ClusterFile.Load(beside)) : null;
    }

    /// <summary>Whether the queen could be entered and given a certificate.</summary>
    /// <exception cref="UsageException">It could not; what to mend.</exception>
    public void CheckAdd(QueenEntry queen)
    {
        _cluster.With([.. _cluster.Queens.Where(q => q.Name != queen.Name), queen]);
        CertificateFolder certificates = ClusterCertificates.FolderOf(_cluster);
        if (!certificates.HasAuthority)
        {
            throw new UsageException($"the key of the cluster's authority is not in {certificates.Path}: run this where the cluster's certificates were made, or copy ca.key there");
        }
    }

    /// <summary>Enters the queen, makes its certificate, and tells clients of it.</summary>
    public void Add(QueenEntry queen) => Write([.. _cluster.Queens.Where(q => q.Name != queen.Name), queen]);

    /// <summary>Takes out a queen that is no member any more, if it is there.</summary>
    public void Remove(MemberId member)
    {
        QueenEntry[] remaining = [.. _cluster.Queens.Where(q => q.Id != member)];
        if (remaining.Length is > 0 && remaining.Length < _cluster.Queens.Count) Write(remaining);
    }

    /// <summary>After a recovery: no other queen of the file may be started with what she has.</summary>
    public static void KeepOnly(string file, ClusterFile cluster, QueenEntry queen) => new MemberFiles(file, cluster).Write([queen]);

    /// <summary>The file says this from now on.</summary>
    public static void Replace(string file, ClusterFile cluster) => new MemberFiles(file, cluster).Write(cluster.Queens);

    private void Write(IEnumerable<QueenEntry> queens)
    {
        _cluster = _cluster.With(queens);
        CertificateFolder certificates = ClusterCertificates.Ensure(_cluster, TimeProvider.System.GetUtcNow());
        string beside = File + ".new";
        System.IO.File.WriteAllText(beside, _cluster.ToJson() + "\n");
        System.IO.File.Move(beside, File, overwrite: true);
        ClusterCertificates.WriteClients(_cluster, certificates);
    }
}
