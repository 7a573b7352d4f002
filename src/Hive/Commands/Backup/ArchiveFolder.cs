using System.Globalization;
using System.Text.Json;
using Hive.Composition;
using Hive.Platform;
using Hive.Queen.Archive;

namespace Hive.Commands.Backup;

/// <summary>
/// An archive: chains in the order in which they were begun. A new one begins where the log behind the last has become long, or where it broke off. Folders of
/// chains get their name when all that belongs in them is durable.
/// </summary>
internal sealed class ArchiveFolder(string path)
{
    private const string Unfinished = ".new", Dropped = ".old", LockName = "lock";

    public string Path { get; } = path;

    /// <summary>The chains, oldest first.</summary>
    /// <exception cref="UsageException">One cannot be read.</exception>
    public IReadOnlyList<ArchiveChain> Chains => Directory.Exists(Path)
        ? [.. Directory.EnumerateDirectories(Path).Where(d => int.TryParse(System.IO.Path.GetFileName(d), NumberStyles.None, CultureInfo.InvariantCulture, out _)).Order(StringComparer.Ordinal).Select(ArchiveChain.Open)]
        : [];

    /// <summary>Makes the folder and holds it for one archiver.</summary>
    /// <exception cref="UsageException">It cannot be made, or another archiver has it.</exception>
    public IDisposable Lock()
    {
        try
        {
            Directory.CreateDirectory(Path);
            if (Chains.Count == 0 && Directory.EnumerateFileSystemEntries(Path).Any(e => !IsOwn(e))) throw new UsageException($"{Path} holds something else than an archive; name a folder of its own");
            return new FileStream(System.IO.Path.Combine(Path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException held) when (held is not DirectoryNotFoundException and not PathTooLongException && Directory.Exists(Path))
        {
            throw new UsageException($"{Path} is being written by another `hive archive`");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{Path} cannot be used: {failure.Message}");
        }
    }

    /// <summary>An empty place for the base of a chain that is not there yet.</summary>
    public string Prepare()
    {
        string place = NextName() + Unfinished;
        if (Directory.Exists(place)) Directory.Delete(place, recursive: true);
        Directory.CreateDirectory(place);
        return place;
    }

    /// <summary>The place that was prepared, with a durable base in it, becomes the newest chain.</summary>
    public ArchiveChain Begin(string place, ChainStart start, ClusterId cluster)
    {
        Write(System.IO.Path.Combine(place, ArchiveChain.StartName), JsonSerializer.SerializeToUtf8Bytes(start, ChainStartJson.Default.ChainStart));
        Write(System.IO.Path.Combine(place, ArchiveChain.LogName(start.Position.Index)), ArchiveFormat.Encode(new ArchiveHeader(cluster, start.Position)));
        new LinuxDisk(place).SyncDirectory("");
        string folder = place[..^Unfinished.Length];
        Directory.Move(place, folder);
        new LinuxDisk(Path).SyncDirectory("");
        return ArchiveChain.Open(folder);
    }

    /// <summary>Drops chains that a younger one has followed since before a time: all from that time on stays.</summary>
    /// <returns>Those that were dropped.</returns>
    public IReadOnlyList<ArchiveChain> DropBefore(DateTime time)
    {
        IReadOnlyList<ArchiveChain> chains = Chains;
        var dropped = new List<ArchiveChain>();
        for (int i = 0; i + 1 < chains.Count && chains[i + 1].Start.Time <= time; i++)
        {
            string gone = chains[i].Folder + Dropped;
            Directory.Move(chains[i].Folder, gone);
            Directory.Delete(gone, recursive: true);
            dropped.Add(chains[i]);
        }
        return dropped;
    }

    private string NextName()
    {
        IReadOnlyList<ArchiveChain> chains = Chains;
        int number = chains.Count == 0 ? 1 : int.Parse(chains[^1].Name, CultureInfo.InvariantCulture) + 1;
        return System.IO.Path.Combine(Path, number.ToString("d6", CultureInfo.InvariantCulture));
    }

    private static bool IsOwn(string entry) =>
        entry.EndsWith(Unfinished, StringComparison.Ordinal) || entry.EndsWith(Dropped, StringComparison.Ordinal) || System.IO.Path.GetFileName(entry) == LockName;

    private static void Write(string file, byte[] bytes)
    {
        using FileStream to = new(file, FileMode.Create, FileAccess.Write);
        to.Write(bytes);
        to.Flush(flushToDisk: true);
    }
}
