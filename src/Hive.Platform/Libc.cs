using System.Runtime.InteropServices;
using Hive.Journal;
using Microsoft.Win32.SafeHandles;

namespace Hive.Platform;

/// <summary>The few calls of the C library that the framework has no exact form of.</summary>
internal static partial class Libc
{
    /// <summary>ENOSPC.</summary>
    public const int NoSpaceOnDevice = 28;
    private const int QuotaExceeded = 122;
    private const int Interrupted = 4;
    private const int NotSupported = 95;
    private const int OpenDirectory = 0x10000;
    private const int OpenCloseOnExec = 0x80000;

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct Vector
    {
        public byte* Base;
        public nuint Length;
    }

    [LibraryImport("libc", EntryPoint = "pwritev", SetLastError = true)]
    private static unsafe partial nint WriteVector(SafeFileHandle file, Vector* vectors, int count, long offset);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int DataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FullSync(int file);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Allocate(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int file);

    /// <summary>Writes all bytes at an offset: one pwritev, unless the kernel takes only a part.</summary>
    public static unsafe DiskStatus Write(SafeFileHandle file, long offset, ReadOnlySpan<byte> bytes, string path)
    {
        fixed (byte* start = bytes)
        {
            int done = 0;
            while (done < bytes.Length)
            {
                var vector = new Vector { Base = start + done, Length = (nuint)(bytes.Length - done) };
                nint written = WriteVector(file, &vector, 1, offset + done);
                if (written > 0)
                {
                    done += (int)written;
                    continue;
                }
                int error = Marshal.GetLastPInvokeError();
                if (error == Interrupted) continue;
                if (error is NoSpaceOnDevice or QuotaExceeded) return DiskStatus.NoSpace;
                throw Failure("pwritev", path, error);
            }
        }
        return DiskStatus.Ok;
    }

    public static void SyncData(SafeFileHandle file, string path)
    {
        while (DataSync(file) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error != Interrupted) throw Failure("fdatasync", path, error);
        }
    }

    /// <summary>Gives a file room. A file system that cannot is asked to lengthen the file at least.</summary>
    public static DiskStatus Allocate(SafeFileHandle file, long bytes, string path)
    {
        while (Allocate(file, 0, 0, bytes) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error == Interrupted) continue;
            if (error is NoSpaceOnDevice or QuotaExceeded) return DiskStatus.NoSpace;
            if (error != NotSupported) throw Failure("fallocate", path, error);
            RandomAccess.SetLength(file, bytes);
            return DiskStatus.Ok;
        }
        return DiskStatus.Ok;
    }

    public static void SyncDirectory(string path)
    {
        int directory = Open(path, OpenDirectory | OpenCloseOnExec);
        if (directory < 0) throw Failure("open", path, Marshal.GetLastPInvokeError());
        try
        {
            if (FullSync(directory) != 0) throw Failure("fsync", path, Marshal.GetLastPInvokeError());
        }
        finally
        {
            _ = Close(directory);
        }
    }

    private static IOException Failure(string call, string path, int error) =>
        new($"{call} {path}: {Marshal.GetPInvokeErrorMessage(error)} (errno {error})", error);
}
