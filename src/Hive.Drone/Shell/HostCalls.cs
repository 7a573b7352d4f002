using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hive.Drone.Shell;

/// <summary>The few calls of Linux that the framework does not offer.</summary>
internal static partial class HostCalls
{
    private const int ClockBoottime = 7;
    private const int ReadOnlyDirectory = 0x10000 | 0x80000;
    private const int DetachMount = 2;

    /// <summary>Time since boot, suspension included.</summary>
    public static HostTime Boottime()
    {
        if (clock_gettime(ClockBoottime, out Timespec time) != 0) throw new Win32Exception();
        return new HostTime(time.Seconds * TimeSpan.TicksPerSecond + time.Nanoseconds / 100);
    }

    public static void SyncData(SafeFileHandle file)
    {
        if (fdatasync(file) != 0) throw new IOException($"fdatasync failed: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Makes creations and renames in a directory durable.</summary>
    public static void SyncDirectory(string path)
    {
        int directory = open(path, ReadOnlyDirectory, 0);
        if (directory < 0) throw new IOException($"cannot open {path}: {Marshal.GetLastPInvokeErrorMessage()}");
        int answer = fsync(directory);
        string problem = Marshal.GetLastPInvokeErrorMessage();
        _ = close(directory);
        if (answer != 0) throw new IOException($"fsync of {path} failed: {problem}");
    }

    /// <summary>Renames a link itself, whatever it leads to; replaces what is there.</summary>
    public static void Rename(string from, string to)
    {
        if (rename(from, to) != 0) throw new IOException($"cannot rename {from}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Sends a signal; false when there is nobody to get it.</summary>
    public static bool Signal(int pid, int signal) => kill(pid, signal) == 0;

    /// <summary>Mounts a tmpfs; false with a reason where that is not allowed.</summary>
    public static bool TryMountMemory(string path, string options, out string problem)
    {
        bool mounted = mount("tmpfs", path, "tmpfs", 0, options) == 0;
        problem = mounted ? "" : Marshal.GetLastPInvokeErrorMessage();
        return mounted;
    }

    /// <summary>Detaches what is mounted at a path; nothing mounted is fine.</summary>
    public static void Unmount(string path) => _ = umount2(path, DetachMount);

    public static bool IsRoot => geteuid() == 0;

    public static bool Chown(string path, uint user, uint group) => chown(path, user, group) == 0;

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int clock_gettime(int clock, out Timespec time);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fdatasync(SafeFileHandle file);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, int mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int file);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int file);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rename(string from, string to);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int signal);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string source, string target, string type, ulong flags, string data);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int umount2(string target, int flags);

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int chown(string path, uint user, uint group);
}
