using Hive.Journal;

namespace Hive.Queen.Rehearsal;

/// <summary>A disk that is gone with the rehearsal: files in memory, always room, nothing ever lost.</summary>
internal sealed class MemoryDisk : IDisk
{
    private readonly SortedDictionary<string, MemoryFile> _files = new(StringComparer.Ordinal);

    public DiskStatus CreateDirectory(string path) => DiskStatus.Ok;

    public IReadOnlyList<string> List(string directory) =>
        [.. _files.Keys.Where(path => path.StartsWith(directory + "/", StringComparison.Ordinal)).Select(path => path[(directory.Length + 1)..])];

    public IDiskFile? Open(string path, bool writable) => _files.GetValueOrDefault(path);

    public DiskStatus Create(string path, long preallocateBytes, out IDiskFile? file)
    {
        var made = new MemoryFile(preallocateBytes);
        _files[path] = made;
        file = made;
        return DiskStatus.Ok;
    }

    public void Rename(string from, string to)
    {
        _files[to] = _files[from];
        _files.Remove(from);
    }

    public void Delete(string path) => _files.Remove(path);

    public void SyncDirectory(string path)
    {
    }

    public long FreeBytes() => long.MaxValue;

    private sealed class MemoryFile(long bytes) : IDiskFile
    {
        private byte[] _content = new byte[bytes];

        public long Length => _content.Length;

        public int Read(long offset, Span<byte> buffer)
        {
            int read = (int)Math.Clamp(_content.Length - offset, 0, buffer.Length);
            _content.AsSpan((int)offset, read).CopyTo(buffer);
            return read;
        }

        public DiskStatus Write(long offset, ReadOnlySpan<byte> bytes)
        {
            if (offset + bytes.Length > _content.Length) Array.Resize(ref _content, (int)offset + bytes.Length);
            bytes.CopyTo(_content.AsSpan((int)offset));
            return DiskStatus.Ok;
        }

        public void SyncData()
        {
        }

        public void Dispose()
        {
        }
    }
}
