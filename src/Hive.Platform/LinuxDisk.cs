using System.Runtime.InteropServices;
using Hive.Journal;
using Microsoft.Win32.SafeHandles;

namespace Hive.Platform;

/// <summary>
/// The real disk below a root directory. Files are preallocated with fallocate and synced with fdatasync, called directly: the
/// framework's flush is a full fsync, which costs a third more on each write.
/// </summary>
public sealed class LinuxDisk : IDisk
{
    private readonly string _root;

    /// <summary>Takes a directory as the root; makes it, and those above it, when it is not there.</summary>
    public LinuxDisk(string root)
    {
        _root = Path.GetFullPath(root);
        Directory.CreateDirectory(_root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public DiskStatus CreateDirectory(string path)
    {
        string full = Full(path);
        if (Directory.Exists(full)) return DiskStatus.Ok;
        try
        {
            Directory.CreateDirectory(full);
        }
        catch (IOException error) when (error.HResult == Libc.NoSpaceOnDevice)
        {
            return DiskStatus.NoSpace;
        }
        SyncDirectory(Path.GetDirectoryName(path) ?? "");
        return DiskStatus.Ok;
    }

    public IReadOnlyList<string> List(string directory)
    {
        string full = Full(directory);
        if (!Directory.Exists(full)) return [];
        var names = new List<string>();
        foreach (string file in Directory.EnumerateFiles(full)) names.Add(Path.GetFileName(file));
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    public IDiskFile? Open(string path, bool writable)
    {
        string full = Full(path);
        if (!File.Exists(full)) return null;
        SafeFileHandle handle = File.OpenHandle(full, FileMode.Open, writable ? FileAccess.ReadWrite : FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return new LinuxDiskFile(handle, full);
    }

    public DiskStatus Create(string path, long preallocateBytes, out IDiskFile? file)
    {
        file = null;
        string full = Full(path);
        SafeFileHandle handle;
        try
        {
            handle = File.OpenHandle(full, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (IOException error) when (error.HResult == Libc.NoSpaceOnDevice)
        {
            return DiskStatus.NoSpace;
        }
        DiskStatus status = preallocateBytes == 0 ? DiskStatus.Ok : Libc.Allocate(handle, preallocateBytes, full);
        if (status != DiskStatus.Ok)
        {
            handle.Dispose();
            File.Delete(full);
            return status;
        }
        file = new LinuxDiskFile(handle, full);
        return DiskStatus.Ok;
    }

    public void Rename(string from, string to) => File.Move(Full(from), Full(to), overwrite: true);

    public void Delete(string path) => File.Delete(Full(path));

    public void SyncDirectory(string path) => Libc.SyncDirectory(Full(path));

    public long FreeBytes() => new DriveInfo(_root).AvailableFreeSpace;

    private string Full(string path) => path.Length == 0 ? _root : Path.Combine(_root, path);

    private sealed class LinuxDiskFile(SafeFileHandle handle, string path) : IDiskFile
    {
        public long Length => RandomAccess.GetLength(handle);

        public int Read(long offset, Span<byte> buffer)
        {
            int total = 0;
            while (total < buffer.Length)
            {
                int read = RandomAccess.Read(handle, buffer[total..], offset + total);
                if (read == 0) break;
                total += read;
            }
            return total;
        }

        public DiskStatus Write(long offset, ReadOnlySpan<byte> bytes) => Libc.Write(handle, offset, bytes, path);

        public void SyncData() => Libc.SyncData(handle, path);

        public void Dispose() => handle.Dispose();
    }
}
