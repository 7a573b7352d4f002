using Hive.Composition;
using Hive.Journal;
using Hive.Platform;
using Hive.Queen.Archive;

namespace Hive.Commands.Backup;

/// <summary>Continues the newest chain of an archive: what it was given is durable when <see cref="Append"/> returns.</summary>
internal sealed class ChainWriter : IDisposable
{
    /// <summary>A file of the log is ended past this, so that files stay easy to copy away.</summary>
    private const long FileBytes = 64 << 20;

    /// <summary>Bytes looked at together.</summary>
    private const int ScanBytes = 64 << 10;

    private readonly ArchiveChain _chain;
    private readonly ClusterId _cluster;
    private FileStream _file;

    private ChainWriter(ArchiveChain chain, ClusterId cluster, FileStream file, LogPosition last)
    {
        (_chain, _cluster, _file, Last) = (chain, cluster, file, last);
        foreach (string log in chain.Logs) LogBytes += new FileInfo(log).Length;
    }

    /// <summary>The last entry in the chain.</summary>
    public LogPosition Last { get; private set; }

    /// <summary>Bytes of the log behind the base.</summary>
    public long LogBytes { get; private set; }

    /// <summary>
    /// Opens the last file of the chain. What a crash left half written at its end is cut: the cluster still has it, or the next pull says that it has not.
    /// Null when it is damaged elsewhere: it stays as it is.
    /// </summary>
    /// <exception cref="UsageException">It is of another cluster.</exception>
    public static ChainWriter? Open(ArchiveChain chain, ClusterId cluster, out string problem)
    {
        problem = $"{chain.Folder} has no log";
        if (chain.Logs is not [.., var name]) return null;
        var file = new FileStream(name, FileMode.Open, FileAccess.ReadWrite);
        ChainWriter? opened = null;
        try
        {
            problem = $"{name} is damaged at its beginning";
            if (ArchiveReader.ReadHeader(file) is not { } header) return null;
            if (header.Cluster != cluster) throw new UsageException($"{chain.Folder} is of cluster {header.Cluster}, what answers is {cluster}: each cluster has an archive of its own (one that was restored is another one)");
            var reader = new ArchiveReader(file, header.After);
            while (reader.Next() is not null) { }
            long end = ArchiveFormat.HeaderBytes + reader.Position;
            problem = $"{name} {reader.Problem} at byte {end}";
            if (reader.Problem is not null && !reader.IsCutOff && !IsZero(file, end)) return null;
            file.SetLength(end);
            file.Seek(0, SeekOrigin.End);
            return opened = new ChainWriter(chain, cluster, file, reader.Last);
        }
        finally
        {
            if (opened is null) file.Dispose();
        }
    }

    /// <summary>Adds records that a queen sent, after looking at each.</summary>
    /// <exception cref="UsageException">They do not follow what is there: nothing was written.</exception>
    public void Append(byte[] records)
    {
        var reader = new ArchiveReader(new MemoryStream(records, writable: false), Last);
        while (reader.Next() is not null) { }
        if (reader.Problem is { } problem) throw new UsageException($"what the queen sent behind entry {Last.Index} {problem}");
        if (_file.Length > FileBytes) GoOn();
        _file.Write(records);
        _file.Flush(flushToDisk: true);
        Last = reader.Last;
        LogBytes += records.Length;
    }

    public void Dispose() => _file.Dispose();

    /// <summary>From there on: room that a file was given and that nothing was written into before a power cut.</summary>
    private static bool IsZero(FileStream file, long from)
    {
        file.Seek(from, SeekOrigin.Begin);
        byte[] block = new byte[ScanBytes];
        for (int read; (read = file.Read(block)) > 0;)
        {
            if (block.AsSpan(0, read).ContainsAnyExcept((byte)0)) return false;
        }
        return true;
    }

    private void GoOn()
    {
        // Whole from its first moment: an empty file with that name would be taken for a damaged one.
        string name = Path.Combine(_chain.Folder, ArchiveChain.LogName(Last.Index)), unfinished = name + ".new";
        var next = new FileStream(unfinished, FileMode.Create, FileAccess.ReadWrite);
        next.Write(ArchiveFormat.Encode(new ArchiveHeader(_cluster, Last)));
        next.Flush(flushToDisk: true);
        File.Move(unfinished, name);
        new LinuxDisk(_chain.Folder).SyncDirectory("");
        _file.Dispose();
        _file = next;
        LogBytes += ArchiveFormat.HeaderBytes;
    }
}
