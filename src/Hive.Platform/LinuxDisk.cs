using System.Runtime.InteropServices;
using Hive.Journal;
using Microsoft.Win32.SafeHandles;

namespace Hive.Platform;

/// <summary>
/// The real disk below a root directory. Files are preallocated with fallocate and synced with fdatasync, called directly: the
/// framework's flush is a full fsync, which costs a third more on each write. Room of large deleted files comes back a little at a time
/// (<see cref="DiskRelease"/>), and at once when a write finds none.
/// </summary>
public sealed class LinuxDisk : IDisk
{
    private readonly string _root;
    private readonly Lock _gate = new();
    private readonly HashSet<LinuxDiskFile> _open = [];

    /// <summary>Takes a directory as the root; makes it, and those above it, when it is not there.</summary>
    public LinuxDisk(string root)
    {
        _root = Path.GetFullPath(root);
        Directory.CreateDirectory(_root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>What is deleted and not yet free.</summary>
    internal DiskRelease Released { get; } = new();

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
        lock (_gate)
        {
            if (!File.Exists(full)) return null;
            return Opened(File.OpenHandle(full, FileMode.Open, writable ? FileAccess.ReadWrite : FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), full);
        }
    }

    public DiskStatus Create(string path, long preallocateBytes, out IDiskFile? file)
    {
        DiskStatus status = TryCreate(path, preallocateBytes, out file);
        return status == DiskStatus.NoSpace && Released.ReleaseAll() ? TryCreate(path, preallocateBytes, out file) : status;
    }

    private DiskStatus TryCreate(string path, long preallocateBytes, out IDiskFile? file)
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
        file = Opened(handle, full);
        return DiskStatus.Ok;
    }

    public void Rename(string from, string to)
    {
        (string source, string target) = (Full(from), Full(to));
        lock (_gate)
        {
            File.Move(source, target, overwrite: true);
            foreach (LinuxDiskFile file in _open)
            {
                if (file.Path == target) file.Path = "";
                if (file.Path == source) file.Path = target;
            }
        }
    }

    public void Delete(string path)
    {
        string full = Full(path);
        SafeFileHandle? last = null;
        lock (_gate)
        {
            // Who still reads it reads on: then the kernel frees it, when the last handle is closed.
            bool large = File.Exists(full) && new FileInfo(full).Length > DiskRelease.StepBytes && !_open.Any(f => f.Path == full);
            if (large) last = File.OpenHandle(full, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            File.Delete(full);
        }
        if (last is not null) Released.Take(last);
    }

    public void SyncDirectory(string path) => Libc.SyncDirectory(Full(path));

    public long FreeBytes() => new DriveInfo(_root).AvailableFreeSpace + Released.PendingBytes;

    private string Full(string path) => path.Length == 0 ? _root : Path.Combine(_root, path);

    private LinuxDiskFile Opened(SafeFileHandle handle, string full)
    {
        var file = new LinuxDiskFile(this, handle, full);
        lock (_gate) _open.Add(file);
        return file;
    }

    private sealed class LinuxDiskFile(LinuxDisk disk, SafeFileHandle handle, string path) : IDiskFile
    {
        /// <summary>Where it lies now; empty when it has no name any more.</summary>
        public string Path { get; set; } = path;

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

        public DiskStatus Write(long offset, ReadOnlySpan<byte> bytes)
        {
            DiskStatus status = Libc.Write(handle, offset, bytes, Path);
            return status == DiskStatus.NoSpace && disk.Released.ReleaseAll() ? Libc.Write(handle, offset, bytes, Path) : status;
        }

        public void SyncData() => Libc.SyncData(handle, Path);

        public void Dispose()
        {
            lock (disk._gate) disk._open.Remove(this);
            handle.Dispose();
        }
    }
}
