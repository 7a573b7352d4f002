namespace Hive.Journal;

/// <summary>How a disk operation ended, where the end is one that a running member must live with. Anything else is an <see cref="IOException"/>, and fatal.</summary>
public enum DiskStatus : byte
{
    Ok = 0,

    /// <summary>No room on the device. What the operation was to add is not there, or not whole.</summary>
    NoSpace,
}

/// <summary>
/// The port to the file system that journal and snapshots are written through. Synchronous and small, so that a simulator can supply a
/// twin that tears, loses, misdirects and rots. Paths are relative, with '/' between parts, and never leave the root.
/// A failed sync is an exception: after it nobody knows what the device holds, so the member stops.
/// </summary>
public interface IDisk
{
    /// <summary>Creates a directory and those above it; no error when it is there.</summary>
    DiskStatus CreateDirectory(string path);

    /// <summary>Names (not paths) of the files in a directory, in ordinal order; empty when there is no such directory.</summary>
    IReadOnlyList<string> List(string directory);

    /// <summary>Opens an existing file; null when there is none.</summary>
    IDiskFile? Open(string path, bool writable);

    /// <summary>Creates (or empties) a file with so many bytes allocated and reading as zero. On NoSpace no file is left behind.</summary>
    DiskStatus Create(string path, long preallocateBytes, out IDiskFile? file);

    /// <summary>Gives a file another name, atomically, replacing what had it. Durable after <see cref="SyncDirectory"/>.</summary>
    void Rename(string from, string to);

    /// <summary>Deletes a file; no error when there is none. Durable after <see cref="SyncDirectory"/>.</summary>
    void Delete(string path);

    /// <summary>Makes creations, renames and deletions in a directory durable.</summary>
    void SyncDirectory(string path);

    /// <summary>Bytes that can still be written.</summary>
    long FreeBytes();
}

/// <summary>An open file. Reads may run beside one writer.</summary>
public interface IDiskFile : IDisposable
{
    long Length { get; }

    /// <summary>Reads at an offset until the buffer is full or the file ends; the number of bytes read.</summary>
    int Read(long offset, Span<byte> buffer);

    /// <summary>Writes all of it in one call to the kernel. Durable only after <see cref="SyncData"/>.</summary>
    DiskStatus Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>fdatasync: content, and what is needed to read it again, are on the device when it returns.</summary>
    void SyncData();
}

/// <summary>Where a simulator may crash the process. Production passes straight through.</summary>
public interface IFaultPoints
{
    /// <summary>Called at each of <see cref="FaultPoint"/>; may throw to end the member there.</summary>
    void Reach(string point);
}

/// <summary>Names of the steps between which a crash must do no harm.</summary>
public static class FaultPoint
{
    public const string BeforeBatchWrite = "journal.batch.before-write";
    public const string BeforeBatchSync = "journal.batch.before-sync";
    public const string AfterBatchSync = "journal.batch.after-sync";
    public const string SegmentCreated = "journal.segment.created";
    public const string BeforeSegmentDirectorySync = "journal.segment.before-directory-sync";
    public const string BeforeSegmentDelete = "journal.segment.before-delete";
    public const string AfterTailCut = "journal.tail.after-cut";
    public const string BeforeSnapshotSync = "snapshot.before-sync";
    public const string BeforeSnapshotRename = "snapshot.before-rename";
    public const string BeforeSnapshotDirectorySync = "snapshot.before-directory-sync";
    public const string AfterSnapshotDurable = "snapshot.durable";
    public const string BeforeSnapshotDelete = "snapshot.before-delete";

    /// <summary>For production: nothing happens at any point.</summary>
    public static IFaultPoints None { get; } = new PassThrough();

    private sealed class PassThrough : IFaultPoints
    {
        public void Reach(string point)
        {
        }
    }
}
