using System.Globalization;

namespace Hive.Journal;

/// <summary>A snapshot on disk: the state after applying <paramref name="Position"/>.</summary>
/// <param name="Header">What the queen stores in front of the state (metadata of consensus).</param>
public sealed record SnapshotInfo(LogPosition Position, ReadOnlyMemory<byte> Header, string Path);

/// <summary>
/// The snapshot files of one member. A file has its final name only once it is whole and durable; what a crash leaves unfinished
/// carries another and is deleted at the next start.
/// </summary>
public sealed class SnapshotFiles(IDisk disk, JournalIdentity identity, JournalLimits limits, IFaultPoints faults)
{
    private const string Directory = "snapshots";
    private const string Extension = ".snap";
    private const string Unfinished = ".part";
    private long _unfinishedNumber;

    /// <summary>Makes the directory and deletes what was left unfinished.</summary>
    public DiskStatus Prepare()
    {
        DiskStatus made = disk.CreateDirectory(Directory);
        if (made != DiskStatus.Ok) return made;
        foreach (string name in disk.List(Directory))
        {
            if (name.EndsWith(Unfinished, StringComparison.Ordinal)) disk.Delete($"{Directory}/{name}");
        }
        return DiskStatus.Ok;
    }

    /// <summary>The newest snapshot whose every chunk verifies, or null; what does not verify is listed in <paramref name="damaged"/>.</summary>
    public SnapshotInfo? FindNewest(List<string> damaged)
    {
        IReadOnlyList<string> names = disk.List(Directory);
        for (int i = names.Count - 1; i >= 0; i--)
        {
            if (!names[i].EndsWith(Extension, StringComparison.Ordinal)) continue;
            using SnapshotReader? reader = Open($"{Directory}/{names[i]}");
            if (reader is not null && reader.VerifyAll()) return reader.Info;
            damaged.Add(names[i]);
        }
        return null;
    }

    /// <summary>The finished snapshot at exactly this position, or null.</summary>
    public SnapshotInfo? Find(LogPosition position)
    {
        using SnapshotReader? reader = Open($"{Directory}/{Name(position)}{Extension}");
        return reader?.Info;
    }

    /// <summary>Opens a finished snapshot; null when it is gone or its head does not verify.</summary>
    public SnapshotReader? Open(string path)
    {
        IDiskFile? file = disk.Open(path, writable: false);
        return file is null ? null : SnapshotReader.TryOpen(file, path, identity.Cluster, limits);
    }

    /// <summary>Begins a snapshot; null when there is no room.</summary>
    public SnapshotWriter? Begin(LogPosition position, ReadOnlySpan<byte> header)
    {
        string part = $"{Directory}/{Name(position)}.{Interlocked.Increment(ref _unfinishedNumber)}{Unfinished}";
        if (disk.Create(part, 0, out IDiskFile? file) != DiskStatus.Ok) return null;
        return new SnapshotWriter(this, file!, part, identity.Cluster, position, header, limits);
    }

    /// <summary>
    /// Of the snapshots up to here, which is where the member's own state is at least, deletes all but the newest <see cref="JournalLimits.SnapshotsKept"/>. Newer ones were received and
    /// wait to be installed, in order: each of them is still to be read.
    /// </summary>
    public void DeleteOld(LogPosition through)
    {
        string last = $"{Name(through)}{Extension}";
        var finished = new List<string>();
        foreach (string name in disk.List(Directory))
        {
            if (name.EndsWith(Extension, StringComparison.Ordinal) && string.CompareOrdinal(name, last) <= 0) finished.Add(name);
        }
        if (finished.Count <= limits.SnapshotsKept) return;
        for (int i = 0; i < finished.Count - limits.SnapshotsKept; i++)
        {
            faults.Reach(FaultPoint.BeforeSnapshotDelete);
            disk.Delete($"{Directory}/{finished[i]}");
        }
        disk.SyncDirectory(Directory);
    }

    internal void Discard(string part) => disk.Delete(part);

    /// <summary>Gives a whole file its final name, durably.</summary>
    internal string Publish(IDiskFile file, string part, LogPosition position)
    {
        faults.Reach(FaultPoint.BeforeSnapshotSync);
        file.SyncData();
        file.Dispose();
        faults.Reach(FaultPoint.BeforeSnapshotRename);
        string path = $"{Directory}/{Name(position)}{Extension}";
        disk.Rename(part, path);
        faults.Reach(FaultPoint.BeforeSnapshotDirectorySync);
        disk.SyncDirectory(Directory);
        faults.Reach(FaultPoint.AfterSnapshotDurable);
        return path;
    }

    private static string Name(LogPosition position) => string.Create(
        CultureInfo.InvariantCulture, $"{position.Index.Value:x16}-{position.Term.Value:x16}");
}
