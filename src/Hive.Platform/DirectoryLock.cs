namespace Hive.Platform;

/// <summary>
/// Keeps a data directory to one process: held while it runs, let go by the kernel whatever way it ends.
/// </summary>
public sealed class DirectoryLock : IDisposable
{
    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    /// <summary>Takes the directory, which must be there; null when another process holds it.</summary>
    public static DirectoryLock? TryTake(string directory)
    {
        try
        {
            // On Linux this is flock with LOCK_EX: it goes with the process, not with the file.
            return new DirectoryLock(new FileStream(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Dispose() => _file.Dispose();
}
