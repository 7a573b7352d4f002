using Hive.Journal;
using Hive.Raft;
using Hive.Simulation.World;

namespace Hive.Simulation.Machines;

/// <summary>
/// The disk of one member. Fault model: what was synced stays, until a nemesis rots it or moves it to a wrong place. At a crash, of each unsynced write any subset of
/// its 512-byte sectors has reached the device; of unsynced creations, renames and deletions a prefix has. A disk can be full for a while.
/// </summary>
internal sealed class SimDisk(SimRandom random) : IDisk
{
    private SortedDictionary<string, SimFile> _names = new(StringComparer.Ordinal);
    private SortedDictionary<string, SimFile> _durableNames = new(StringComparer.Ordinal);
    private readonly List<(string Directory, string Name, SimFile? File)> _unsynced = [];

    /// <summary>Bytes that may still be allocated; very many unless a nemesis filled the disk.</summary>
    public long Room { get; set; } = long.MaxValue / 2;

    public long Syncs { get; set; }

    public Mutant Mutant { get; init; }

    public DiskStatus CreateDirectory(string path) => DiskStatus.Ok;

    public IReadOnlyList<string> List(string directory)
    {
        var names = new List<string>();
        string prefix = directory + "/";
        foreach (string name in _names.Keys)
            if (name.StartsWith(prefix, StringComparison.Ordinal)) names.Add(name[prefix.Length..]);
        return names;
    }

    public IDiskFile? Open(string path, bool writable) => _names.TryGetValue(path, out var file) ? new Handle(this, file) : null;

    public DiskStatus Create(string path, long preallocateBytes, out IDiskFile? file)
    {
        file = null;
        if (preallocateBytes > Room) return DiskStatus.NoSpace;
        Room -= preallocateBytes;
        var made = new SimFile((int)preallocateBytes);
        Name(path, made);
        file = new Handle(this, made);
        return DiskStatus.Ok;
    }

    public void Rename(string from, string to)
    {
        var file = _names[from];
        Name(from, null);
        Name(to, file);
    }

    public void Delete(string path)
    {
        if (!_names.TryGetValue(path, out var file)) return;
        Room += file.Length;
        Name(path, null);
    }

    public void SyncDirectory(string path)
    {
        Syncs++;
        if (Mutant == Mutant.DirectorySyncForgotten) return;
        for (int i = 0; i < _unsynced.Count; i++)
            if (_unsynced[i].Directory == path) Set(_durableNames, _unsynced[i].Name, _unsynced[i].File);
        _unsynced.RemoveAll(u => u.Directory == path);
    }

    public long FreeBytes() => Room;

    /// <summary>Power fails: what remains is what the device holds.</summary>
    public void Crash()
    {
        int reached = random.Below(_unsynced.Count + 1);
        for (int i = 0; i < reached; i++) Set(_durableNames, _unsynced[i].Name, _unsynced[i].File);
        _unsynced.Clear();
        var survivors = new SortedDictionary<string, SimFile>(StringComparer.Ordinal);
        foreach (var (name, file) in _durableNames)
        {
            file.Crash(random);
            survivors.Add(name, file);
        }
        _names = survivors;
        _durableNames = new SortedDictionary<string, SimFile>(survivors, StringComparer.Ordinal);
    }

    /// <summary>Flips bits in durable bytes of the files of a directory that are in use. True when there was something to rot.</summary>
    public bool Rot(string directory)
    {
        var candidates = new List<SimFile>();
        foreach (var (name, file) in _durableNames)
            if (name.StartsWith(directory + "/", StringComparison.Ordinal)) candidates.Add(file);
        return candidates.Count > 0 && random.Pick(candidates).Rot(random);
    }

    /// <summary>Finds that a write once went to a wrong place: the right place holds what was there before (nothing), another holds what is not its own.</summary>
    public bool Misdirect(string directory)
    {
        var candidates = new List<SimFile>();
        foreach (var (name, file) in _durableNames)
            if (name.StartsWith(directory + "/", StringComparison.Ordinal)) candidates.Add(file);
        return candidates.Count > 0 && random.Pick(candidates).MoveTo(random.Pick(candidates), random);
    }

    /// <summary>The entries whose records are readable in the journal, with their places.</summary>
    public List<(EntryId Id, SimFile File, int At, int Size)> JournalEntries()
    {
        var found = new List<(EntryId, SimFile, int, int)>();
        foreach (var (name, file) in _durableNames)
        {
            if (!name.StartsWith(Segment.Directory + "/", StringComparison.Ordinal) || !Segment.TryParse(name[(Segment.Directory.Length + 1)..], out ulong number)) continue;
            foreach (var (id, at, size) in file.Entries(number)) found.Add((id, file, at, size));
        }
        return found;
    }

    private void Name(string path, SimFile? file)
    {
        Set(_names, path, file);
        _unsynced.Add((path[..path.LastIndexOf('/')], path, file));
    }

    private static void Set(SortedDictionary<string, SimFile> names, string name, SimFile? file)
    {
        if (file is null) names.Remove(name);
        else names[name] = file;
    }

    private sealed class Handle(SimDisk disk, SimFile file) : IDiskFile
    {
        public long Length => file.Length;

        public int Read(long offset, Span<byte> buffer) => file.Read(offset, buffer);

        public DiskStatus Write(long offset, ReadOnlySpan<byte> bytes)
        {
            long growth = Math.Max(0, offset + bytes.Length - file.Length);
            if (growth > disk.Room) return DiskStatus.NoSpace;
            disk.Room -= growth;
            file.Write((int)offset, bytes);
            return DiskStatus.Ok;
        }

        public void SyncData()
        {
            disk.Syncs++;
            if (disk.Mutant != Mutant.SyncForgotten) file.Sync();
        }

        public void Dispose()
        {
        }
    }
}
