using Hive.Journal;

namespace Hive.Queen.Tests;

/// <summary>A disk whose every sync of a file waits for something first.</summary>
internal sealed class SyncDisk(IDisk disk, Action beforeSync) : IDisk
{
    public DiskStatus CreateDirectory(string path) => disk.CreateDirectory(path);
    public IReadOnlyList<string> List(string directory) => disk.List(directory);
    public IDiskFile? Open(string path, bool writable) => disk.Open(path, writable) is { } file ? new SyncFile(file, beforeSync) : null;
    public void Rename(string from, string to) => disk.Rename(from, to);
    public void Delete(string path) => disk.Delete(path);
    public void SyncDirectory(string path) => disk.SyncDirectory(path);
    public long FreeBytes() => disk.FreeBytes();

    public DiskStatus Create(string path, long preallocateBytes, out IDiskFile? file)
    {
        DiskStatus status = disk.Create(path, preallocateBytes, out IDiskFile? made);
        file = made is null ? null : new SyncFile(made, beforeSync);
        return status;
    }

    private sealed class SyncFile(IDiskFile file, Action beforeSync) : IDiskFile
    {
        public long Length => file.Length;
        public int Read(long offset, Span<byte> buffer) => file.Read(offset, buffer);
        public DiskStatus Write(long offset, ReadOnlySpan<byte> bytes) => file.Write(offset, bytes);
        public void Dispose() => file.Dispose();

        public void SyncData()
        {
            beforeSync();
            file.SyncData();
        }
    }
}
