using Hive.Journal;

namespace Hive.Journal.Tests;

/// <summary>A disk in memory that counts syncs, forgets what was not synced when it crashes, and can be full.</summary>
internal sealed class MemoryDisk : IDisk
{
    private readonly SortedDictionary<string, Content> _files = new(StringComparer.Ordinal);

    public sealed class Content
    {
        public byte[] Bytes = [];
        public byte[] Durable = [];
        public bool NameDurable;
    }

    public long Room { get; set; } = long.MaxValue;

    /// <summary>The device is full in the middle of the next write: so many of its bytes still arrive.</summary>
    public int? FullAfter { get; set; }

    public int DataSyncs { get; private set; }
    public int DirectorySyncs { get; private set; }
    public List<string> Calls { get; } = [];

    public IEnumerable<KeyValuePair<string, Content>> Files => _files;

    public MemoryDisk Copy()
    {
        var copy = new MemoryDisk();
        foreach (var (path, content) in _files)
        {
            copy._files[path] = new Content { Bytes = [.. content.Bytes], Durable = [.. content.Durable], NameDurable = content.NameDurable };
        }
        return copy;
    }

    /// <summary>What a power cut leaves: synced content of files whose names were synced.</summary>
    public MemoryDisk AfterPowerCut()
    {
        var copy = new MemoryDisk();
        foreach (var (path, content) in _files)
        {
            if (content.NameDurable) copy._files[path] = new Content { Bytes = [.. content.Durable], Durable = [.. content.Durable], NameDurable = true };
        }
        return copy;
    }

    public DiskStatus CreateDirectory(string path) => DiskStatus.Ok;

    public IReadOnlyList<string> List(string directory) =>
        [.. _files.Keys.Where(path => path.StartsWith(directory + "/", StringComparison.Ordinal)).Select(path => path[(directory.Length + 1)..])];

    public IDiskFile? Open(string path, bool writable) => _files.TryGetValue(path, out Content? content) ? new MemoryFile(this, path, content) : null;

    public DiskStatus Create(string path, long preallocateBytes, out IDiskFile? file)
    {
        file = null;
        if (preallocateBytes > Room) return DiskStatus.NoSpace;
        Room -= preallocateBytes;
        var content = new Content { Bytes = new byte[preallocateBytes] };
        _files[path] = content;
        file = new MemoryFile(this, path, content);
        return DiskStatus.Ok;
    }

    public void Rename(string from, string to)
    {
        _files[to] = _files[from];
        _files[to].NameDurable = false;
        _files.Remove(from);
    }

    public void Delete(string path) => _files.Remove(path);

    public void SyncDirectory(string path)
    {
        DirectorySyncs++;
        Calls.Add($"syncdir {path}");
        foreach (var (name, content) in _files)
        {
            if (name.StartsWith(path + "/", StringComparison.Ordinal)) content.NameDurable = true;
        }
    }

    public long FreeBytes() => Room;

    private sealed class MemoryFile(MemoryDisk disk, string path, Content content) : IDiskFile
    {
        public long Length => content.Bytes.Length;

        public int Read(long offset, Span<byte> buffer)
        {
            if (offset >= content.Bytes.Length) return 0;
            int count = (int)Math.Min(buffer.Length, content.Bytes.Length - offset);
            content.Bytes.AsSpan((int)offset, count).CopyTo(buffer);
            return count;
        }

        public DiskStatus Write(long offset, ReadOnlySpan<byte> bytes)
        {
            if (disk.FullAfter is { } arrives)
            {
                disk.FullAfter = null;
                bytes[..Math.Min(arrives, bytes.Length)].CopyTo(content.Bytes.AsSpan((int)offset));
                return DiskStatus.NoSpace;
            }
            long grows = offset + bytes.Length - content.Bytes.Length;
            if (grows > 0)
            {
                if (grows > disk.Room) return DiskStatus.NoSpace;
                if (disk.Room != long.MaxValue) disk.Room -= grows;
                Array.Resize(ref content.Bytes, (int)(offset + bytes.Length));
            }
            bytes.CopyTo(content.Bytes.AsSpan((int)offset));
            disk.Calls.Add($"write {path}");
            return DiskStatus.Ok;
        }

        public void SyncData()
        {
            disk.DataSyncs++;
            disk.Calls.Add($"sync {path}");
            content.Durable = [.. content.Bytes];
        }

        public void Dispose()
        {
        }
    }
}
